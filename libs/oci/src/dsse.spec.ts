import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openEnvelope, signEnvelope } from './dsse.js';

const newKeys = () =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

describe('signed envelopes', () => {
  const [own, other] = [newKeys(), newKeys()];
  const payload = Buffer.from('{"a":1}');
  const text = signEnvelope('application/x', payload, own.privateKey);
  const changed = (part: object): string => JSON.stringify({ ...(JSON.parse(text) as object), ...part });

  it('should open with one of the keys, and be the same each time', () => {
    expect(openEnvelope(text, 'application/x', [other.publicKey, own.publicKey])).toEqual(payload);
    expect(signEnvelope('application/x', payload, own.privateKey)).toBe(text);
  });

  it.each([
    ['another key', text, 'application/x', other.publicKey],
    ['another type', text, 'application/y', own.publicKey],
    ['another payload', changed({ payload: Buffer.from('{"a":2}').toString('base64') }), 'application/x', own.publicKey],
    ['a type that was changed', changed({ payloadType: 'application/y' }), 'application/y', own.publicKey],
    ['no signature', changed({ signatures: [] }), 'application/x', own.publicKey],
    ['a signature of nothing', changed({ signatures: [null, {}, { sig: '' }] }), 'application/x', own.publicKey],
    ['no envelope', 'null', 'application/x', own.publicKey],
    ['no JSON', '{', 'application/x', own.publicKey],
  ])('should not open with %s', (_what, envelope, type, key) => {
    expect(openEnvelope(envelope, type, [key])).toBeUndefined();
  });
});
