import { afterAll, describe, expect, it } from 'vitest';
import { eventually, Stage } from '../stage.js';

describe('slipway up in the foreground', () => {
  const stage = new Stage();
  afterAll(() => stage.close());

  it('should stay until Ctrl-C, and leave nothing running then', async () => {
    const running = stage.start(['up']);
    let shown = '';
    running.stderr!.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const ended = new Promise<number | null>((resolve) => running.once('exit', resolve));
    await eventually(() => expect(shown).toContain('Ctrl-C stops it'), 120_000);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(running.exitCode, shown).toBeNull();
    expect(await stage.json<{ state: string }>('status')).toMatchObject({ state: 'running' });
    running.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(await stage.json<{ state: string }>('status')).toMatchObject({ state: 'stopped' });
  });
});
