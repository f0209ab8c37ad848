import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, root, runProgram, Stage } from '../stage.js';

const here = path.join(root, 'examples/iris');
/** Rows that no model was trained on, and the labels that a pickle itself gives for them. */
const oracle = `
import json, sys, joblib, numpy as np, pandas as pd
names = ["sepal length", "sepal width", "petal length", "petal width"]
rng = np.random.default_rng(20)
rows = pd.DataFrame(rng.uniform([4.3, 2.0, 1.0, 0.1], [7.9, 4.4, 6.9, 2.5], (20, 4)).round(2), columns=names)
print(json.dumps({"rows": rows.to_dict("records"), "labels": joblib.load(sys.argv[1]).predict(rows).tolist()}))
`;

describe('the demo', () => {
  const stage = new Stage();
  let demo: ChildProcess;
  let shown = '';

  const expected = async (model: string): Promise<{ rows: object[]; labels: string[] }> => {
    const result = await runProgram(path.join(root, '.cache/venvs/iris/bin/python'), ['-c', oracle, model], {
      cwd: here,
      timeoutMs: 60_000,
    });
    expect(result.code, result.stderr).toBe(0);
    return JSON.parse(result.stdout) as { rows: object[]; labels: string[] };
  };
  /** The printed curl with other rows, run by a shell as a user would. */
  const curl = async (rows: object[]): Promise<{ labels: string[] }> => {
    const line = /^ {2}(curl .*)$/m.exec(shown)![1]!.replace(/--data '[^']*'/, `--data '${JSON.stringify({ input_df: rows })}'`);
    const result = await runProgram('/bin/sh', ['-c', line], { cwd: root, timeoutMs: 60_000 });
    expect(result.code, result.stderr).toBe(0);
    return JSON.parse(result.stdout) as { labels: string[] };
  };

  beforeAll(async () => {
    demo = spawn(process.execPath, [path.join(here, 'demo.mjs')], {
      cwd: root,
      env: { ...process.env, SLIPWAY_HOME: stage.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [demo.stdout!, demo.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const ended = new Promise<never>((_resolve, reject) => {
      demo.once('exit', (code) => reject(new Error(`the demo ended with ${code}:\n${shown}`)));
    });
    const ready = eventually(async () => {
      expect(shown).toContain('Ctrl-C stops');
      // It is there to stay.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }, 280_000);
    await Promise.race([ready, ended]);
  });
  afterAll(async () => {
    if (demo.exitCode === null) demo.kill('SIGKILL');
    await stage.close();
  });

  it('should print a curl that gives scikit-learn’s own labels for rows it has not seen', async () => {
    const { rows, labels } = await expected('model.pkl');
    expect((await curl(rows)).labels).toEqual(labels);
  });

  it('should print an update that puts the other model behind the same curl', async () => {
    const line = /^ {2}npx slipway (service update .*)$/m.exec(shown)![1]!;
    const result = await stage.run(line.split(' '), { cwd: root });
    expect(result.code, result.stderr).toBe(0);
    const { rows, labels } = await expected('model-next.pkl');
    expect((await curl(rows)).labels).toEqual(labels);
    expect(labels).not.toEqual((await expected('model.pkl')).labels);
  });

  it('should print a page and a folder that are there', async () => {
    const page = /^ {2}(http\S+\/docs)$/m.exec(shown)![1]!;
    expect((await fetch(page)).status).toBe(200);
    expect(await (await fetch(page.replace('/docs', '/openapi.json'))).json()).toMatchObject({ openapi: '3.1.0' });
    const folder = /as files:\n {2}(\S+)$/m.exec(shown)![1]!;
    await eventually(
      () => expect(existsSync(path.join(folder, 'modeldata/default/local/iris/watermark.json'))).toBe(true),
      15_000,
    );
  });

  it('should end cleanly on Ctrl-C and leave nothing running', async () => {
    const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
    demo.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(await stage.json<{ state: string; replicas: number }>('status')).toMatchObject({ state: 'stopped', replicas: 0 });
  });
});
