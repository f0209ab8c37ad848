type Action = 'kill' | 'throw' | 'hang' | `delay:${number}`;

const armed = new Map<string, { action: Action; pass: number; seen: number }>();

/**
 * Arms named faults from a text such as `relay.after_publish=kill@2;builder.before_commit=throw`:
 * on the n-th pass (default 1) the process kills itself, throws, hangs, or waits. Empty text arms nothing.
 * @throws Error for a text that does not follow the form.
 */
export function armFailpoints(text: string): void {
  armed.clear();
  for (const part of text.split(';').filter(Boolean)) {
    const match = /^([a-z][a-z_.]*)=(kill|throw|hang|delay:\d+)(?:@(\d+))?$/.exec(part.trim());
    if (!match) throw new Error(`SLIPWAY_FAILPOINTS: '${part}' is not name=kill|throw|hang|delay:<ms>[@pass]`);
    armed.set(match[1]!, { action: match[2] as Action, pass: Number(match[3] ?? 1), seen: 0 });
  }
}

/** A place where a test may make the process fail; free when nothing is armed. */
export async function failpoint(name: string): Promise<void> {
  const point = armed.get(name);
  if (!point || ++point.seen !== point.pass) return;
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (point.action === 'throw') throw new Error(`failpoint ${name}`);
  if (point.action === 'hang') await new Promise(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, Number(point.action.split(':')[1])));
}
