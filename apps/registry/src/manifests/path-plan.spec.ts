import { describe, expect, it, vi } from 'vitest';
import { type Digest, digestOf } from '#slipway/oci';
import { findCollision, type Placed } from './path-plan.js';

/** A thing with files `path=content`. */
function thing(label: string, path: string, files: string[], modelId?: string): Placed & { files: Map<string, Digest> } {
  const content = new Map(files.map((file) => [file.split('=')[0]!, digestOf(file.split('=')[1] ?? '')]));
  const placed = { label, path, digest: digestOf(files.join()), files: content };
  return modelId ? { ...placed, modelId } : placed;
}
const filesOf = (placed: Placed) => Promise.resolve((placed as ReturnType<typeof thing>).files);
const collision = (...all: Placed[]) => findCollision(all, filesOf);

describe(findCollision.name, () => {
  it('should find two models at one path, also with the same bytes', async () => {
    const [one, two] = [thing('m1', 'model.pkl', ['model.pkl=a'], '1'), thing('m2', 'model.pkl', ['model.pkl=a'], '2')];
    expect(await collision(one, two)).toEqual({ path: 'model.pkl', one, other: two });
  });

  it('should find a file in a folder of the other', async () => {
    const folder = thing('a', 'outputs', ['outputs/model.pkl=old', 'outputs/x=x']);
    expect(await collision(folder, thing('m', 'outputs/model.pkl', ['outputs/model.pkl=new'], '1'))).toMatchObject({
      path: 'outputs/model.pkl',
    });
  });

  it('should find a path that is a file here and a folder there', async () => {
    expect(await collision(thing('a', 'x', ['x=1']), thing('b', 'x/y', ['x/y=1']))).toMatchObject({ path: 'x' });
  });

  it('should let folders share a parent and a file come twice', async () => {
    const script = thing('driver', 'src/score.py', ['src/score.py=1']);
    const sources = thing('src', 'src', ['src/score.py=1', 'src/util.py=2']);
    expect(
      await collision(script, sources, thing('b', 'src/data', ['src/data/x=1']), thing('c', 'srcx', ['srcx=1'])),
    ).toBeUndefined();
    expect(await collision(script, { ...script, label: 'again' })).toBeUndefined();
  });

  it('should read nothing when no path lies in another', async () => {
    const reader = vi.fn<typeof filesOf>(filesOf);
    await findCollision([thing('a', 'a', ['a/1']), thing('ab', 'ab', ['ab/1']), thing('b', 'b/c', ['b/c/1'])], reader);
    expect(reader).not.toHaveBeenCalled();
  });
});
