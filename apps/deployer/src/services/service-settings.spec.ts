import { describe, expect, it } from 'vitest';
import { isReservedVariable } from '../compute/process/replica-environment.js';
import { checkEnv, mergeEnv, openEnv, sealEnv } from './service-env.js';
import { checkSettings, defaultRevisionSettings, mergeRevisionSettings } from './service-settings.js';
import { SealBox } from '#slipway/platform';

const autoScaler = { autoscaleEnabled: true, minReplicas: 1, maxReplicas: 10, refreshPeriodInSeconds: 1, targetUtilization: 70 };

describe(checkSettings.name, () => {
  it('should refuse the autoscaler with the way out', () => {
    expect(() => checkSettings({ autoScaler })).toThrow(
      expect.objectContaining({ code: 'not_supported', message: expect.stringContaining('-z N') }),
    );
  });

  it('should refuse a fixed number together with the autoscaler', () => {
    expect(() => checkSettings({ autoScaler, numReplicas: 2 })).toThrow(expect.objectContaining({ code: 'unprocessable' }));
  });

  it('should refuse more least than most replicas, and take a disabled autoscaler with a number', () => {
    const off = { ...autoScaler, autoscaleEnabled: false };
    expect(() => checkSettings({ autoScaler: { ...off, minReplicas: 11 } })).toThrow('minReplicas 11 is above maxReplicas 10');
    expect(() => checkSettings({ autoScaler: off, numReplicas: 3 })).not.toThrow();
  });
});

describe(mergeRevisionSettings.name, () => {
  it('should keep what is left out', () => {
    const merged = mergeRevisionSettings(defaultRevisionSettings, {
      scoringTimeoutMs: 5,
      containerResourceReservation: { cpu: '2' },
    });
    expect(merged).toEqual({ ...defaultRevisionSettings, scoringTimeoutMs: 5, containerResourceReservation: { cpu: '2' } });
  });
});

describe(mergeEnv.name, () => {
  it('should set, keep and remove', () => {
    expect(mergeEnv({ A: '1', B: '2' }, { B: null, C: '3' })).toEqual({ A: '1', C: '3' });
    expect(mergeEnv({ A: '1' }, undefined)).toEqual({ A: '1' });
  });
});

describe(checkEnv.name, () => {
  it.each(['SLIPWAY_LISTEN', 'AML_APP_ROOT', 'PYTHONPATH', 'HOME', 'AML_MODEL_DC_STORAGE_ENABLED', 'SERVICE_NAME'])(
    'should refuse %s',
    (name) => expect(() => checkEnv({ [name]: 'x' }, isReservedVariable)).toThrow(`the variable ${name} is set by Slipway`),
  );

  it.each(['AML_MODEL_DC_DEBUG', 'AML_MINE', 'OMP_NUM_THREADS', 'PATH'])('should take %s', (name) =>
    expect(() => checkEnv({ [name]: 'x' }, isReservedVariable)).not.toThrow(),
  );

  it('should refuse what no process can have', () => {
    expect(() => checkEnv({ A: 'a\0b' }, isReservedVariable)).toThrow('NUL');
    expect(() => checkEnv({ A: '€'.repeat(50_000) }, isReservedVariable)).toThrow('too large');
  });
});

describe(sealEnv.name, () => {
  const box = SealBox.fromKey(Buffer.alloc(32, 1));
  it('should open what it sealed, for the same service only', () => {
    const sealed = sealEnv(box, 's1', { A: 'secret' });
    expect(sealed).not.toContain('secret');
    expect(openEnv(box, 's1', sealed)).toEqual({ A: 'secret' });
    expect(() => openEnv(box, 's2', sealed)).toThrow();
    expect(openEnv(box, 's1', sealEnv(box, 's1', {}))).toEqual({});
  });
});
