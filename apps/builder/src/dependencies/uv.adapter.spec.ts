import { describe, expect, it } from 'vitest';
import { unresolved } from './uv.adapter.js';

const target = { python: '3.11', platform: 'linux/amd64' } as const;

describe(unresolved.name, () => {
  it("should make one line of the resolver's own words", () => {
    const error = unresolved(
      {
        stderr: [
          'error: No solution found when resolving dependencies',
          '  cause: Because all of:',
          '             numpy<=1.9.3',
          '             numpy>=1.10.4,<=1.11.3',
          '         have no usable wheels and you require numpy<1.12, we can conclude that your requirements are unsatisfiable.',
          '',
          'hint: Wheels are required for `numpy`',
        ].join('\n'),
      },
      target,
    );
    expect(error.code).toBe('unresolved_dependency');
    expect(error.message).toBe(
      'the dependencies cannot be resolved for Python 3.11 on linux/amd64: Because all of: numpy<=1.9.3 numpy>=1.10.4,<=1.11.3 ' +
        'have no usable wheels and you require numpy<1.12, we can conclude that your requirements are unsatisfiable; ' +
        'correct the dependency file and create the manifest again',
    );
    expect(error.details.at(-1)?.message).toBe('hint: Wheels are required for `numpy`');
  });

  it('should tell an index that cannot be reached from one that has no answer', () => {
    const stderr =
      'error: Failed to fetch: https://me:geheim@pypi.example/simple/six/\n  cause: error sending request for url\n  cause: dns error';
    const error = unresolved({ stderr }, target);
    expect(error.code).toBe('service_unavailable');
    expect(JSON.stringify([error.message, error.details])).not.toContain('geheim');
  });

  it('should call a full disk by its name', () => {
    expect(unresolved({ stderr: 'error: failed to write\n  cause: No space left on device (os error 28)' }, target).code).toBe(
      'insufficient_storage',
    );
  });

  it('should have a reason when the resolver says nothing', () => {
    expect(unresolved({ stderr: '' }, target).message).toContain('the resolver gave no reason');
  });
});
