import { plain } from './errors.js';

/** Says on stderr what is going on: one moving line on a terminal, plain lines elsewhere. */
export class Progress {
  private current = '';
  private shown = '';

  constructor(
    private readonly stream: { write(text: string): unknown; columns?: number },
    private readonly moving: boolean,
  ) {}

  /** The step at hand; the same text twice is said once. */
  step(text: string): void {
    const line = plain(text);
    if (line === this.current) return;
    this.current = line;
    if (!this.moving) {
      this.stream.write(`${line}\n`);
      return;
    }
    const cut = line.slice(0, Math.max(20, (this.stream.columns ?? 80) - 1));
    this.stream.write(`\r\u001b[2K${cut}`);
    this.shown = cut;
  }

  /** A line that stays. */
  note(text: string): void {
    this.clear();
    this.stream.write(`${plain(text)}\n`);
    this.current = '';
  }

  clear(): void {
    if (this.shown) this.stream.write('\r\u001b[2K');
    this.shown = '';
  }
}
