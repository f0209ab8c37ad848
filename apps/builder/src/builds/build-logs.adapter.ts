import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withoutCredentials } from '../dependencies/requirement.js';

const maxLogBytes = 8 * 2 ** 20;

/** One text file per image, written line by line while its build runs. */
export class BuildLogs {
  private readonly written = new Map<string, number>();

  constructor(
    private readonly folder: string,
    private readonly maxTotalBytes: number,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  file(imageId: string): string {
    return join(this.folder, `${imageId}.log`);
  }

  /** A line beyond 8 MiB of one log is dropped, except the last words. */
  append(imageId: string, line: string, lastWords = false): void {
    const bytes = this.written.get(imageId) ?? 0;
    if (bytes > maxLogBytes && !lastWords) return;
    const cut = bytes > maxLogBytes - 4_096 && bytes <= maxLogBytes && !lastWords;
    const text = `${new Date().toISOString()} ${cut ? '(the log is cut here)' : printable(line)}\n`;
    appendFileSync(this.file(imageId), text, { mode: 0o600 });
    this.written.set(imageId, cut ? maxLogBytes + 1 : bytes + text.length);
    if (lastWords) this.written.delete(imageId);
  }

  /** The last lines, without their times. */
  tail(imageId: string, lines = 20): string[] {
    if (!existsSync(this.file(imageId))) return [];
    const text = readFileSync(this.file(imageId), 'utf8').trimEnd();
    return text
      .split('\n')
      .slice(-lines)
      .map((line) => line.slice(line.indexOf(' ') + 1, 500));
  }

  /** Removes the oldest logs when all together are too large. */
  sweep(): void {
    const logs = readdirSync(this.folder)
      .map((name) => ({ file: join(this.folder, name), ...sizeAndTime(join(this.folder, name)) }))
      .sort((one, other) => other.time - one.time);
    let sum = 0;
    for (const { file, size } of logs) if ((sum += size) > this.maxTotalBytes) rmSync(file, { force: true });
  }
}

function sizeAndTime(file: string): { size: number; time: number } {
  const found = statSync(file, { throwIfNoEntry: false });
  return { size: found?.size ?? 0, time: found?.mtimeMs ?? 0 };
}

/** One line without terminal controls and credentials. */
// eslint-disable-next-line no-control-regex
const printable = (line: string): string => withoutCredentials(line).replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' ');
