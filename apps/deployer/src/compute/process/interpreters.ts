import { basename } from 'node:path';
import { DomainError } from '#slipway/platform';

/** Oldest Python whose runtime is supported. */
const oldestMinor = 10;
/** An answer about the machine's interpreters that is older than this is asked for again, without waiting for it. */
const freshMs = 60_000;
/** Programs asked at the same time: some are scripts that take a while. */
const atOnce = 3;

/** What an interpreter says about itself when it is started. */
export interface InterpreterReport {
  /** `3.<minor>`. */
  version: string;
  /** Its own program, behind shims, links and virtual environments. */
  executable: string;
}

/** The machine, as far as the search needs it. */
export interface InterpreterHost {
  /** Programs that may be a Python, in the order of the search; they may be absent. */
  candidates(): Promise<string[]>;
  /** Starts a program as a user and asks it; undefined when that user cannot start it, or it is no Python 3. */
  ask(program: string, uid: number | undefined): Promise<InterpreterReport | undefined>;
  now(): number;
}

interface Found {
  usable: InterpreterReport[];
  /** What was found but cannot be started by the replica's user, for the error. */
  unreachable: InterpreterReport[];
}

interface Search {
  at: number;
  found: Promise<Found>;
  running: Promise<Found> | undefined;
}

/** Finds interpreters that a replica's user can really start. */
export class Interpreters {
  private readonly known = new Map<number | undefined, Search>();

  constructor(private readonly host: InterpreterHost) {}

  /** @throws DomainError `python_missing` that names the version needed and the ones there are. */
  async find(version: string, uid: number | undefined): Promise<InterpreterReport> {
    const found = (await this.search(uid)).usable.find((report) => report.version === version);
    if (found) return found;
    // It may have been installed since.
    const { usable, unreachable } = await this.searchAgain(uid);
    const fresh = usable.find((report) => report.version === version);
    if (fresh) return fresh;
    const there = usable.map((report) => `${report.version} (${report.executable})`).join(', ') || 'none';
    const hidden = unreachable.find((report) => report.version === version);
    throw new DomainError(
      'python_missing',
      `the image needs Python ${version}, this machine's replicas can start: ${there}` +
        (hidden ? `; ${hidden.executable} is Python ${version} but the replica's user (uid ${uid}) cannot start it` : '') +
        `; install Python ${version} where every user can start it, or set SLIPWAY_PYTHON to one`,
    );
  }

  /** One interpreter for each version, newest first. */
  async versions(uid: number | undefined): Promise<InterpreterReport[]> {
    const { usable } = await this.search(uid);
    const first = new Map<string, InterpreterReport>();
    for (const report of usable) if (!first.has(report.version)) first.set(report.version, report);
    return [...first.values()].filter((report) => minorOf(report) >= oldestMinor).sort((a, b) => minorOf(b) - minorOf(a));
  }

  private search(uid: number | undefined): Promise<Found> {
    const known = this.known.get(uid);
    if (!known) return this.searchAgain(uid);
    if (this.host.now() - known.at > freshMs) void this.searchAgain(uid).catch(() => undefined);
    return known.found;
  }

  /** Joins a search that is going on. The last answer stays in use until there is a new one. */
  private searchAgain(uid: number | undefined): Promise<Found> {
    const before = this.known.get(uid);
    if (before?.running) return before.running;
    const running = this.ask(uid);
    this.known.set(uid, { at: this.host.now(), found: before?.found ?? running, running });
    running.then(
      () => this.known.set(uid, { at: this.host.now(), found: running, running: undefined }),
      () => (before ? this.known.set(uid, { ...before, running: undefined }) : this.known.delete(uid)),
    );
    return running;
  }

  private async ask(uid: number | undefined): Promise<Found> {
    const programs = await this.host.candidates();
    const answers = await inTurns(programs, async (program) => {
      const own = await this.host.ask(program, undefined);
      // A shim may need what a replica does not have; the program behind it is what a replica starts.
      return own && { own, usable: uid === undefined || (await this.host.ask(own.executable, uid)) !== undefined };
    });
    const reports = answers.filter((answer) => answer !== undefined);
    return {
      usable: reports.filter((answer) => answer.usable).map((answer) => answer.own),
      unreachable: reports.filter((answer) => !answer.usable).map((answer) => answer.own),
    };
  }
}

const minorOf = (report: InterpreterReport): number => Number(report.version.split('.')[1]);

/** Whether a file's name may be a supported Python's: `python3`, `python3.12`. */
export function isPythonName(file: string): boolean {
  const match = /^python3(?:\.(\d{1,2}))?$/.exec(basename(file));
  return match !== null && (match[1] === undefined || Number(match[1]) >= oldestMinor);
}

/** As `Promise.all` over a map, a few at a time, in the order of the items. */
async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [at, item] of queue) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
