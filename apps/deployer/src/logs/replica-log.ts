import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LogFile } from './log-file.js';
import { bootLine, isOfRequest, type LogLine, readLogLine } from './log-line.js';

export interface ReplicaLogSource {
  id: string;
  revision: number;
  /** Of its log files. */
  folder: string;
}

const currentName = 'replica.jsonl';
const rotatedName = /^replica\.jsonl\.(\d+)$/;

/** The log of one replica: its rotated files, its present one, and what came before that was open. */
export class ReplicaLog {
  private current: LogFile | undefined;
  private lastTime = new Date(0).toISOString();

  constructor(
    private readonly source: ReplicaLogSource,
    private readonly requestId: string | undefined,
  ) {}

  async close(): Promise<void> {
    await this.current?.close();
    this.current = undefined;
  }

  /** The newest lines, at most `count`, none of a file that was last written before `since`. */
  async newest(count: number, since: string): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (const name of await this.names()) {
      if (lines.length >= count) break;
      const file = await LogFile.open(join(this.source.folder, name));
      if (!file) continue;
      if (name === currentName) this.current = file;
      const modified = new Date(file.modifiedMs).toISOString();
      if (modified >= since || name === currentName) {
        const found = await file.newest(count - lines.length, (text) => this.wants(name, text));
        lines.push(...found.map((text) => this.lineOf(name, text, modified)));
      }
      if (name !== currentName) await file.close();
    }
    return lines;
  }

  /** What was written since the last reading; follows the file when it is rotated. */
  async next(): Promise<LogLine[]> {
    const path = join(this.source.folder, currentName);
    const lines = await this.rest();
    const there = await LogFile.open(path);
    if (!there) return lines;
    if (there.inode === this.current?.inode) {
      await there.close();
      return lines;
    }
    lines.push(...(await this.rest()));
    await this.close();
    there.rewind();
    this.current = there;
    return [...lines, ...(await this.rest())];
  }

  private async rest(): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (let texts = await this.current?.next(); texts && texts.length > 0; texts = await this.current?.next()) {
      for (const text of texts) if (this.wants(currentName, text)) lines.push(this.lineOf(currentName, text, this.lastTime));
    }
    return lines;
  }

  /** Newest first. */
  private async names(): Promise<string[]> {
    const names = await readdir(this.source.folder).catch(() => [] as string[]);
    const rotated = names.filter((name) => rotatedName.test(name)).sort((a, b) => age(a) - age(b));
    return [
      ...(names.includes(currentName) ? [currentName] : []),
      ...rotated,
      ...(names.includes('boot.log') ? ['boot.log'] : []),
    ];
  }

  private wants(name: string, text: string): boolean {
    return this.requestId === undefined || (name !== 'boot.log' && isOfRequest(text, this.requestId));
  }

  private lineOf(name: string, text: string, fallbackTime: string): LogLine {
    const line = name === 'boot.log' ? bootLine(text, this.source, fallbackTime) : readLogLine(text, fallbackTime);
    if (line.time > this.lastTime) this.lastTime = line.time;
    return line;
  }
}

const age = (name: string): number => Number(rotatedName.exec(name)?.[1]);
