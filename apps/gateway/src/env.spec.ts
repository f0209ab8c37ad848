import { describe, expect, it } from 'vitest';
import { readEnv } from '#slipway/platform';
import { gatewayEnv } from './env.js';

const settings = {
  SLIPWAY_HOME: '/h',
  SLIPWAY_NATS_URL: 'nats://127.0.0.1:4222',
  SLIPWAY_DATABASE_URL: 'postgres://x',
  SLIPWAY_PUBLIC_URL: 'https://slipway.example/base/',
  SLIPWAY_ROUTER_URL: 'http://127.0.0.1:5081',
  SLIPWAY_REGISTRY_URL: 'http://127.0.0.1:1',
  SLIPWAY_BUILDER_URL: 'http://127.0.0.1:2',
  SLIPWAY_DEPLOYER_URL: 'http://127.0.0.1:3',
  SLIPWAY_GATEWAY_PRIVATE_KEY_FILE: '/k',
};
const read = (more: Record<string, string> = {}) => readEnv(gatewayEnv, { ...settings, ...more });

describe('gatewayEnv', () => {
  it('should take the slash off addresses', () => {
    expect(read()).toMatchObject({ SLIPWAY_PUBLIC_URL: 'https://slipway.example/base', tls: undefined });
  });

  it('should let others in only through TLS', () => {
    for (const listen of ['0.0.0.0:5080', '[::]:5080', '192.0.2.1:5080', 'example.org:5080', '127.0.0.1.example.org:1'])
      expect(() => read({ SLIPWAY_LISTEN: listen })).toThrow(/SLIPWAY_LISTEN: .*needs TLS/);
    for (const listen of ['127.0.0.1:5080', '127.0.0.2:5080', '[::1]:5080', 'localhost:5080'])
      expect(() => read({ SLIPWAY_LISTEN: listen })).not.toThrow();
    const open = { SLIPWAY_LISTEN: '0.0.0.0:5080' };
    expect(read({ ...open, SLIPWAY_BEHIND_PROXY: 'true' }).tls).toBeUndefined();
    const files = { SLIPWAY_TLS_CERT_FILE: '/c', SLIPWAY_TLS_KEY_FILE: '/k' };
    expect(read({ ...open, ...files }).tls).toEqual({ certFile: '/c', keyFile: '/k' });
    expect(() => read({ SLIPWAY_TLS_CERT_FILE: '/c' })).toThrow('set together');
  });
});
