import type { Transaction } from './database.js';

/** Keeps what a row was after each change, so that a read as of a time is one index look-up. */
export class History {
  async record(tx: Transaction, kind: string, id: string, version: number, doc: unknown): Promise<void> {
    await tx.query('INSERT INTO history (kind, id, version, doc) VALUES ($1, $2, $3, $4)', [
      kind,
      id,
      version,
      JSON.stringify(doc),
    ]);
  }
}
