import type { Transaction } from '#slipway/platform';
import { failpoint } from '#slipway/platform';
import { csvLine } from '../storage/csv.js';
import type { UserStorage } from '../storage/storage.port.js';
import type { CapturesRepository, OpenFile } from './captures.repository.js';
import type { FolderLines } from './ingest-plan.js';

export interface PartLimits {
  rows: number;
  bytes: number;
}

/**
 * Appends the lines of a batch to the folder's part and CSV file at their committed lengths and notes the new lengths
 * in `tx`. If the commit does not come, the next attempt cuts off what this one left and writes the same bytes.
 */
export class FileWriter {
  constructor(
    private readonly files: CapturesRepository,
    private readonly storage: UserStorage,
    private readonly limits: PartLimits,
  ) {}

  /** Returns the parts that are finished now. */
  async write(
    tx: Transaction,
    partition: string,
    folders: FolderLines[],
    accountOf: (lines: FolderLines) => string,
  ): Promise<OpenFile[]> {
    const open = new Map(
      (await this.files.openFiles(tx, [...new Set(folders.map((lines) => lines.folder))])).map((file) => [
        `${file.kind} ${file.folder}`,
        file,
      ]),
    );
    const finished: OpenFile[] = [];
    for (const lines of folders) {
      const owner = {
        folder: lines.folder,
        serviceId: lines.serviceId,
        account: accountOf(lines),
        identifier: lines.identifier,
        columns: lines.columns,
      };
      const oldPart = open.get(`part ${lines.folder}`);
      const full = oldPart && (oldPart.rows >= this.limits.rows || oldPart.bytes >= this.limits.bytes);
      if (full) finished.push(oldPart);
      const part: OpenFile =
        oldPart && !full
          ? oldPart
          : {
              ...owner,
              kind: 'part',
              path: `${lines.folder}/parts/${partition}-${lines.firstOffset}.jsonl`,
              bytes: 0,
              rows: 0,
              number: (oldPart?.number ?? 0) + 1,
            };
      open.set(
        `part ${lines.folder}`,
        await this.append(tx, part, Buffer.from(`${lines.jsonLines.join('\n')}\n`), lines.jsonLines.length),
      );

      const oldCsv = open.get(`csv ${lines.folder}`);
      const sameHeader =
        oldCsv &&
        oldCsv.columns.length === lines.columns.length &&
        oldCsv.columns.every((name, index) => name === lines.columns[index]);
      const number = (oldCsv?.number ?? 0) + 1;
      const csv: OpenFile = sameHeader
        ? oldCsv
        : {
            ...owner,
            kind: 'csv',
            path: `${lines.folder}/${number === 1 ? 'data' : `data-${number}`}.csv`,
            bytes: 0,
            rows: 0,
            number,
          };
      const header = csv.bytes === 0 ? csvLine(lines.columns) : '';
      open.set(
        `csv ${lines.folder}`,
        await this.append(tx, csv, Buffer.from(header + lines.rows.map(csvLine).join('')), lines.rows.length),
      );
    }
    return finished;
  }

  private async append(tx: Transaction, file: OpenFile, data: Buffer, rows: number): Promise<OpenFile> {
    await this.storage.append(file.path, file.bytes, data);
    await failpoint('telemetry.after_append');
    const grown = { ...file, bytes: file.bytes + data.length, rows: file.rows + rows };
    await this.files.saveOpenFile(tx, grown);
    return grown;
  }
}
