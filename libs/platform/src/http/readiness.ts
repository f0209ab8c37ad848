/** Answers why the service is not ready, or nothing. */
type Check = () => string | undefined | Promise<string | undefined>;

/** Tells whether the service can do its work: every must-have dependency answers, and it is not stopping. */
export class Readiness {
  private readonly checks = new Map<string, Check>();
  private draining = false;

  add(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  /** Of the dependencies. */
  get names(): string[] {
    return [...this.checks.keys()];
  }

  /** From now on the service says that it is not ready. */
  drain(): void {
    this.draining = true;
  }

  /** Reasons by dependency; empty when ready. Each check has two seconds. */
  async problems(): Promise<Record<string, string>> {
    if (this.draining) return { service: 'stopping' };
    const results = await Promise.all([...this.checks].map(async ([name, check]) => [name, await bounded(check)] as const));
    return Object.fromEntries(results.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }
}

async function bounded(check: Check): Promise<string | undefined> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, 2_000, 'no answer in 2 s').unref());
  try {
    return await Promise.race([Promise.resolve(check()), late]);
  } catch {
    return 'not reachable';
  }
}
