import { describe, expect, it } from 'vitest';
import { isReservedVariable } from '../compute/process/replica-environment.js';
import { checkEnv, mergeEnv, openEnv, sealEnv } from './service-env.js';
import {
  checkSettings,
  defaultRevisionSettings,
  defaultServiceSettings,
  defaultsOf,
  mergeRevisionSettings,
  mergeServiceSettings,
  scaledReplicas,
} from './service-settings.js';
import { SealBox } from '#slipway/platform';

const autoScaler = { autoscaleEnabled: true, minReplicas: 1, maxReplicas: 10, refreshPeriodInSeconds: 1, targetUtilization: 70 };

describe(checkSettings.name, () => {
  it('should refuse a fixed number together with the autoscaler', () => {
    expect(() => checkSettings({ autoScaler, numReplicas: 2 })).toThrow(expect.objectContaining({ code: 'unprocessable' }));
  });

  it('should take a disabled autoscaler with a number', () => {
    expect(() => checkSettings({ autoScaler: { autoscaleEnabled: false }, numReplicas: 3 })).not.toThrow();
  });
});

describe(mergeServiceSettings.name, () => {
  const on = mergeServiceSettings(defaultServiceSettings, { autoScaler: { autoscaleEnabled: true, maxReplicas: 5 } });

  it('should keep what is left out of the autoscaler', () => {
    expect(on.autoScaler).toEqual({ ...autoScaler, maxReplicas: 5 });
    expect(mergeServiceSettings(on, { autoScaler: { minReplicas: 2 } }).autoScaler).toEqual({
      ...autoScaler,
      minReplicas: 2,
      maxReplicas: 5,
    });
  });

  it('should refuse more least than most replicas, also when one of them is from before', () => {
    const least = { autoScaler: { minReplicas: 11 } };
    expect(() => mergeServiceSettings(defaultServiceSettings, least)).toThrow('minReplicas 11 is above maxReplicas 10');
    expect(() => mergeServiceSettings(on, { autoScaler: { minReplicas: 6 } })).toThrow('minReplicas 6 is above maxReplicas 5');
  });

  it('should refuse a number while the autoscaler is on, and keep the present one when it goes off', () => {
    expect(() => mergeServiceSettings(on, { numReplicas: 3 }, 4)).toThrow('numReplicas 3 cannot be set while');
    const off = { autoscaleEnabled: false };
    expect(mergeServiceSettings(on, { autoScaler: off }, 4).numReplicas).toBe(4);
    expect(mergeServiceSettings(on, { autoScaler: off, numReplicas: 3 }, 4).numReplicas).toBe(3);
  });

  it("should take an environment's own defaults, and a number as a fixed one", () => {
    const environment = { config: { autoScaler: { autoscaleEnabled: true, minReplicas: 2 } } };
    expect(defaultsOf(environment, {}).autoScaler).toEqual({ ...autoScaler, minReplicas: 2 });
    expect(defaultsOf(environment, { numReplicas: 3 }).autoScaler.autoscaleEnabled).toBe(false);
    expect(defaultsOf({ config: { autoScaler: { minReplicas: 'x' } } }, {})).toEqual(defaultServiceSettings);
  });

  it('should start the autoscaler from what there is, within its bounds', () => {
    const of = (current: number) => scaledReplicas(mergeServiceSettings(on, { autoScaler: { minReplicas: 2 } }), current);
    expect([1, 3, 9].map(of)).toEqual([2, 3, 5]);
    expect(scaledReplicas(defaultServiceSettings, 3)).toBeNull();
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
