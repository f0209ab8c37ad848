import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const Content = z.object({ segment: z.int().nonnegative(), offset: z.int().nonnegative() });
export type Position = z.infer<typeof Content>;

/** How far the spool has been shipped. Losing it costs sending again, which the capture log's readers notice. */
export class PositionFile {
  constructor(private readonly path: string) {}

  read(): Position {
    try {
      return Content.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch {
      return { segment: 0, offset: 0 };
    }
  }

  write(position: Position): void {
    writeFileSync(`${this.path}.new`, JSON.stringify(position), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }
}
