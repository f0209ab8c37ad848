import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Action, type Desired, nextLook, type Observed, type PlannedReplica, planService } from './plan.js';

const base: PlannedReplica = {
  id: 'r',
  revision: 'v1',
  state: 'Ready',
  running: true,
  ready: false,
  hung: false,
  silent: false,
  exitCode: undefined,
  restarts: 0,
  retryAt: 0,
  due: false,
  createdAt: 0,
};
const replica = (id: string, more: Partial<PlannedReplica> = {}): PlannedReplica => ({ ...base, id, ...more });
const desire = (more: Partial<Desired> = {}): Desired => ({ deleted: false, target: 'v1', serving: 'v1', replicas: 1, ...more });
const observe = (replicas: PlannedReplica[], more: Partial<Observed> = {}): Observed => ({
  replicas,
  now: 1_000,
  images: new Map([
    ['v1', 'ready'],
    ['v2', 'ready'],
  ]),
  acknowledged: true,
  startsAtOnce: 8,
  pending: true,
  stalled: false,
  ...more,
});
const start = (revision: string, after?: string): Action => ({ do: 'start', revision, after });

describe(planService.name, () => {
  it('should start all replicas of a first revision and switch when all are ready', () => {
    const wanted = desire({ serving: undefined, replicas: 2 });
    expect(planService(wanted, observe([]))).toEqual([start('v1'), start('v1')]);
    const one = [replica('a'), replica('b', { state: 'Starting' })];
    expect(planService(wanted, observe(one))).toEqual([]);
    const both = [replica('a'), replica('b', { state: 'Starting', ready: true })];
    expect(planService(wanted, observe(both))).toEqual([
      { do: 'mark ready', replica: 'b' },
      { do: 'switch', to: 'v1' },
    ]);
  });

  it('should start nothing while the image is being fetched, and look again soon', () => {
    const observed = observe([], { images: new Map([['v1', 'preparing']]) });
    expect(planService(desire({ serving: undefined }), observed)).toEqual([]);
    expect(nextLook(observed, [])).toBeLessThanOrEqual(200);
  });

  it('should start no more at once than the machine can take', () => {
    const wanted = desire({ serving: undefined, replicas: 9 });
    expect(planService(wanted, observe([], { startsAtOnce: 2 }))).toEqual([start('v1'), start('v1')]);
    const some = [replica('a', { state: 'Starting' }), replica('b')];
    expect(planService(wanted, observe(some, { startsAtOnce: 2 }))).toEqual([start('v1')]);
  });

  it('should kill a replica that never answers, and look again soon at one that did not just now', () => {
    expect(planService(desire(), observe([replica('a', { hung: true })], { acknowledged: false }))).toEqual([
      { do: 'kill', replica: 'a' },
    ]);
    expect(nextLook(observe([replica('a', { silent: true })]), [])).toBeLessThanOrEqual(2_000);
    expect(nextLook(observe([replica('a')]), [])).toBeGreaterThan(2_000);
  });

  it('should settle only when every live router has acknowledged', () => {
    expect(planService(desire(), observe([replica('a')]))).toEqual([{ do: 'settle' }]);
    expect(planService(desire(), observe([replica('a')], { acknowledged: false }))).toEqual([]);
  });

  it('should keep the old revision whole until the new one is ready, then let it go', () => {
    const rollout = desire({ target: 'v2', replicas: 2 });
    const old = [replica('a'), replica('b')];
    expect(planService(rollout, observe(old))).toEqual([start('v2'), start('v2')]);
    const halfway = [...old, replica('c', { revision: 'v2' }), replica('d', { revision: 'v2', state: 'Starting' })];
    expect(planService(rollout, observe(halfway))).toEqual([]);
    const done = [...old, replica('c', { revision: 'v2' }), replica('d', { revision: 'v2', state: 'Starting', ready: true })];
    expect(planService(rollout, observe(done))).toEqual([
      { do: 'mark ready', replica: 'd' },
      { do: 'switch', to: 'v2' },
      { do: 'drain', replica: 'a' },
      { do: 'drain', replica: 'b' },
    ]);
  });

  it('should stop a drained replica, kill one whose time is over, and forget one that ended', () => {
    const replicas = [
      replica('kept'),
      replica('busy', { state: 'Draining' }),
      replica('drained', { state: 'Draining', due: true }),
      replica('stopping', { state: 'Stopping' }),
      replica('late', { state: 'Stopping', due: true }),
      replica('ended', { state: 'Stopping', running: false }),
      replica('died', { state: 'Draining', running: false }),
    ];
    expect(planService(desire(), observe(replicas))).toEqual([
      { do: 'forget', replica: 'ended' },
      { do: 'forget', replica: 'died' },
      { do: 'stop', replica: 'drained' },
      { do: 'kill', replica: 'late' },
      { do: 'settle' },
    ]);
  });

  it('should replace a crashed replica only when its time has come, and only with an image', () => {
    expect(planService(desire(), observe([replica('a', { running: false })]))).toEqual([{ do: 'mark failed', replica: 'a' }]);
    const failed = replica('a', { state: 'Failed', running: false, retryAt: 1_500 });
    expect(planService(desire(), observe([failed]))).toEqual([]);
    expect(nextLook(observe([failed]), [])).toBe(500);
    expect(planService(desire(), observe([failed], { now: 1_500 }))).toEqual([{ do: 'forget', replica: 'a' }, start('v1', 'a')]);
    expect(planService(desire(), observe([failed], { now: 1_500, images: new Map([['v1', 'failed']]) }))).toEqual([]);
  });

  it('should give up a rollout after two failed inits, one wrong setting or five crashes', () => {
    const failed = (restarts: number, exitCode: number | undefined): Action[] =>
      planService(
        desire({ target: 'v2' }),
        observe([
          replica('old'),
          replica('n', { revision: 'v2', state: 'Failed', running: false, retryAt: 9e9, restarts, exitCode }),
        ]),
      );
    const givenUp = [{ do: 'give up', why: 'start', replica: 'n' }];
    expect(failed(0, 3)).toEqual([]);
    expect(failed(1, 3)).toEqual(givenUp);
    expect(failed(0, 2)).toEqual(givenUp);
    expect(failed(3, 137)).toEqual([]);
    expect(failed(4, undefined)).toEqual(givenUp);
  });

  it('should never give up what serves because of crashes', () => {
    const crashed = replica('a', { state: 'Failed', running: false, restarts: 50, exitCode: 3, retryAt: 0 });
    const again = [{ do: 'forget', replica: 'a' }, start('v1', 'a')];
    expect(planService(desire(), observe([crashed], { pending: false }))).toEqual(again);
    // Whoever waits for more replicas is told.
    expect(planService(desire(), observe([crashed]))).toEqual([...again, { do: 'give up', why: 'start', replica: 'a' }]);
  });

  it('should give up when the image cannot be had or nothing moves', () => {
    const rollout = desire({ target: 'v2' });
    const images = new Map([
      ['v1', 'ready'],
      ['v2', 'failed'],
    ] as const);
    expect(planService(rollout, observe([replica('a')], { images }))).toEqual([
      { do: 'give up', why: 'image', replica: undefined },
    ]);
    const slow = [replica('a'), replica('n', { revision: 'v2', state: 'Starting' })];
    expect(planService(rollout, observe(slow, { stalled: true }))).toEqual([{ do: 'give up', why: 'stalled', replica: 'n' }]);
    const scale = [replica('a'), replica('b', { state: 'Starting' })];
    expect(planService(desire({ replicas: 2 }), observe(scale, { stalled: true }))).toEqual([
      { do: 'give up', why: 'stalled', replica: 'b' },
    ]);
  });

  it('should scale down by those that do not serve, then the youngest', () => {
    const replicas = [
      replica('old', { createdAt: 1 }),
      replica('young', { createdAt: 2 }),
      replica('starting', { state: 'Starting', createdAt: 0 }),
      replica('failed', { state: 'Failed', running: false, createdAt: 0 }),
    ];
    expect(planService(desire({ replicas: 1 }), observe(replicas))).toEqual([
      { do: 'drain', replica: 'young' },
      { do: 'drain', replica: 'starting' },
      { do: 'forget', replica: 'failed' },
      { do: 'settle' },
    ]);
  });

  it('should serve nothing with 0 replicas, also from the first revision on', () => {
    expect(planService(desire({ serving: undefined, replicas: 0 }), observe([]))).toEqual([{ do: 'switch', to: 'v1' }]);
    expect(planService(desire({ replicas: 0 }), observe([]))).toEqual([{ do: 'settle' }]);
  });

  it('should end everything of a service whose only revision failed', () => {
    const wanted = desire({ target: undefined, serving: undefined });
    expect(planService(wanted, observe([replica('a', { state: 'Starting' })]))).toEqual([{ do: 'drain', replica: 'a' }]);
    expect(planService(wanted, observe([]))).toEqual([]);
  });

  it('should finish a deletion when no replica is left and no router may still ask for one', () => {
    const deleted = desire({ deleted: true });
    expect(planService(deleted, observe([replica('a')]))).toEqual([{ do: 'drain', replica: 'a' }]);
    expect(planService(deleted, observe([], { acknowledged: false }))).toEqual([]);
    expect(planService(deleted, observe([]))).toEqual([{ do: 'finish deletion' }]);
  });
});

/** A small world in which plans are carried out, with processes that start, get ready and die as a seed says. */
class World {
  replicas: PlannedReplica[] = [];
  serving: string | undefined;
  failed = new Set<string>();
  settled = false;
  gone = false;
  now = 0;
  private next = 0;

  constructor(
    public target: string,
    public count: number,
    /** Revisions whose `init()` fails. */
    readonly broken: ReadonlySet<string>,
    private readonly dice: () => number,
  ) {}

  desired(deleted: boolean): Desired {
    const target = this.failed.has(this.target) ? undefined : this.target;
    return { deleted, target, serving: this.serving, replicas: this.count };
  }

  observed(): Observed {
    const images = new Map([...new Set([this.target, this.serving ?? this.target])].map((id) => [id, 'ready'] as const));
    return {
      replicas: this.replicas.map((one) => ({ ...one })),
      now: this.now,
      images,
      acknowledged: true,
      startsAtOnce: 3,
      pending: false,
      stalled: false,
    };
  }

  endpoints(): number {
    return this.replicas.filter((one) => one.revision === this.serving && one.state === 'Ready' && one.running).length;
  }

  apply(plan: readonly Action[]): void {
    for (const action of plan) this.applyOne(action);
  }

  private applyOne(action: Action): void {
    const one = 'replica' in action ? this.replicas.find((replica) => replica.id === action.replica) : undefined;
    this.settled = action.do === 'settle';
    if (action.do === 'mark ready') one!.state = 'Ready';
    if (action.do === 'mark failed') Object.assign(one!, { state: 'Failed', retryAt: this.now + 1 });
    if (action.do === 'forget') this.replicas = this.replicas.filter((replica) => replica !== one);
    if (action.do === 'drain') Object.assign(one!, { state: 'Draining', due: true });
    if (action.do === 'stop') Object.assign(one!, { state: 'Stopping', due: false });
    if (action.do === 'kill') one!.running = false;
    if (action.do === 'switch') this.serving = action.to;
    if (action.do === 'finish deletion') this.gone = true;
    if (action.do === 'give up' && this.target !== this.serving) {
      if (this.serving === undefined) this.failed.add(this.target);
      else this.target = this.serving;
    }
    if (action.do === 'start') {
      this.next += 1;
      const restarts = action.after === undefined ? 0 : this.lastRestarts(action.after) + 1;
      this.replicas.push(
        replica(`r${this.next}`, { revision: action.revision, state: 'Starting', restarts, createdAt: this.now }),
      );
      this.restarts.set(`r${this.next}`, restarts);
    }
  }

  private readonly restarts = new Map<string, number>();
  private lastRestarts(id: string): number {
    return this.restarts.get(id) ?? 0;
  }

  /** Time goes by; `calm`: nothing dies any more but what cannot live. */
  step(calm: boolean): void {
    this.now += 1;
    for (const one of this.replicas) {
      if (!one.running) continue;
      if (one.state === 'Stopping') one.running = this.dice() < 0.3;
      else if (one.state === 'Starting' && this.broken.has(one.revision)) Object.assign(one, { running: false, exitCode: 3 });
      else if (one.state === 'Starting') one.ready = this.dice() < 0.5;
      if (!calm && this.dice() < 0.1) Object.assign(one, { running: false, ready: false, exitCode: 137 });
    }
  }
}

const change = fc.record({
  kind: fc.constantFrom('good', 'bad', 'scale' as const),
  count: fc.integer({ min: 0, max: 5 }),
  steps: fc.integer({ min: 0, max: 12 }),
});
/** A sequence of numbers in 0..1 from a seed (mulberry32). */
const diceOf = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

describe('plans carried out', () => {
  const play = (changes: { kind: string; count: number; steps: number }[], seed: number, deleted: boolean): World => {
    const broken = new Set<string>();
    const world = new World('v0', 1, broken, diceOf(seed));
    const look = (isDeleted: boolean, calm: boolean): void => {
      const before = world.endpoints();
      const dead = world.replicas.filter((one) => one.revision === world.serving && one.state === 'Ready' && !one.running).length;
      world.apply(planService(world.desired(isDeleted), world.observed()));
      // What a plan takes away is never more than what is too much.
      if (!isDeleted) expect(world.endpoints() + dead).toBeGreaterThanOrEqual(Math.min(before, world.count));
      world.step(calm);
    };
    for (const [at, { kind, count, steps }] of changes.entries()) {
      world.count = count;
      if (kind !== 'scale') world.target = `v${at + 1}`;
      if (kind === 'bad') broken.add(world.target);
      for (let step = 0; step < steps; step += 1) look(false, false);
    }
    for (let step = 0; step < 200; step += 1) look(deleted, true);
    return world;
  };

  it('should come to what is wanted from wherever they were left, without taking away what serves', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), fc.integer(), (changes, seed) => {
        const world = play(changes, seed, false);
        if (world.failed.has(world.target)) {
          expect(world.replicas).toEqual([]);
          return;
        }
        // One that was never tried, because it had 0 replicas, is found out late.
        if (world.broken.has(world.target)) return;
        expect(world.settled).toBe(true);
        expect(world.serving).toBe(world.target);
        expect(world.replicas.map((one) => [one.revision, one.state, one.running])).toEqual(
          Array.from({ length: world.count }, () => [world.target, 'Ready', true]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('should leave nothing of a deleted service', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.integer(), (changes, seed) => {
        const world = play(changes, seed, true);
        expect(world.gone).toBe(true);
        expect(world.replicas).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
