import { describe, expect, it } from 'vitest';
import type { Action, Desired, Observed, PlannedReplica } from './plan.js';
import { planWorkload, sizesOf } from './workload.plan.js';

const replica = (id: string, more: Partial<PlannedReplica> = {}): PlannedReplica => ({
  id,
  revision: 'r1',
  state: 'Ready',
  running: true,
  ready: true,
  hung: false,
  silent: false,
  exitCode: undefined,
  restarts: 0,
  retryAt: 0,
  due: false,
  createdAt: Number(id.replaceAll(/\D/g, '')),
  ...more,
});
const observed = (replicas: PlannedReplica[], more: Partial<Observed> = {}): Observed => ({
  replicas,
  now: 0,
  images: new Map([
    ['r1', 'ready'],
    ['r2', 'ready'],
  ]),
  acknowledged: true,
  startsAtOnce: 8,
  pending: false,
  stalled: false,
  ...more,
});
const serving = (replicas: number): Desired => ({ deleted: false, target: 'r1', serving: 'r1', replicas });
const rolling = (replicas: number): Desired => ({ deleted: false, target: 'r2', serving: 'r1', replicas });
const plan = (desired: Desired, seen: Observed): { actions: Action[]; sizes: Record<string, number | undefined> } => {
  const actions = planWorkload(desired, seen);
  return { actions, sizes: Object.fromEntries(sizesOf(desired, seen, actions)) };
};

describe(planWorkload.name, () => {
  it('should start nothing one by one and ask for the number only', () => {
    expect(plan(serving(3), observed([]))).toEqual({ actions: [], sizes: { r1: 3 } });
  });

  it('should keep the number while what shall go is still in use, and lower it when its time is over', () => {
    const three = [replica('p1'), replica('p2'), replica('p3')];
    const first = plan(serving(1), observed(three));
    expect(first.actions.filter((action) => action.do === 'drain')).toEqual([
      { do: 'drain', replica: 'p2' },
      { do: 'drain', replica: 'p3' },
    ]);
    expect(first.sizes).toEqual({ r1: 3 });
    const [kept, ...others] = three;
    const draining = others.map((one) => ({ ...one, state: 'Draining' as const }));
    expect(plan(serving(1), observed([kept!, ...draining])).sizes).toEqual({ r1: 3 });
    const due = draining.map((one) => ({ ...one, due: true }));
    expect(plan(serving(1), observed([kept!, ...due])).sizes).toEqual({ r1: 1 });
  });

  it('should take one that is ending out of the route without asking for one more', () => {
    const seen = observed([replica('p1'), replica('p2', { leaving: true, ready: false })]);
    expect(plan(serving(2), seen)).toEqual({ actions: [{ do: 'drain', replica: 'p2' }], sizes: { r1: 2 } });
  });

  it('should leave the old revision as it is until all of the new one are ready, then switch', () => {
    const old = replica('p1');
    const half = observed([
      old,
      replica('p2', { revision: 'r2' }),
      replica('p3', { revision: 'r2', state: 'Starting', ready: false }),
    ]);
    expect(plan(rolling(2), half)).toEqual({ actions: [], sizes: { r1: undefined, r2: 2 } });
    const all = observed([old, replica('p2', { revision: 'r2' }), replica('p3', { revision: 'r2' })]);
    expect(plan(rolling(2), all)).toEqual({
      actions: [
        { do: 'switch', to: 'r2' },
        { do: 'drain', replica: 'p1' },
      ],
      sizes: { r1: 1, r2: 2 },
    });
  });

  it('should give up a revision that its target has tried often enough, and one that stands still', () => {
    const bad = replica('p2', { revision: 'r2', state: 'Starting', ready: false });
    const hopeless = observed([replica('p1'), { ...bad, hopeless: true }]);
    expect(planWorkload(rolling(1), hopeless)).toEqual([{ do: 'give up', why: 'start', replica: 'p2' }]);
    const stalled = observed([replica('p1'), bad], { stalled: true });
    expect(planWorkload(rolling(1), stalled)).toEqual([{ do: 'give up', why: 'stalled', replica: 'p2' }]);
  });

  it('should take a replica that is not ready any more out of the route and back when it is', () => {
    expect(planWorkload(serving(1), observed([replica('p1', { ready: false })]))).toEqual([
      { do: 'mark unready', replica: 'p1' },
    ]);
    const back = planWorkload(serving(1), observed([replica('p1', { state: 'Starting' })]));
    expect(back).toContainEqual({ do: 'mark ready', replica: 'p1' });
  });

  it('should drain all of a deleted service, and forget what is gone', () => {
    const deleted = { ...serving(2), deleted: true };
    const seen = observed([replica('p1'), replica('p2', { running: false, ready: false })]);
    expect(plan(deleted, seen)).toEqual({
      actions: [
        { do: 'forget', replica: 'p2' },
        { do: 'drain', replica: 'p1' },
      ],
      sizes: { r1: 1 },
    });
    expect(planWorkload(deleted, observed([]))).toEqual([{ do: 'finish deletion' }]);
  });
});
