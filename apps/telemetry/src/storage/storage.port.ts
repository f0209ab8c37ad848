/** Where the users' files lie. Paths are relative, with `/` between segments, and made by this service alone. */
export interface UserStorage {
  /**
   * Makes the file hold its first `offset` bytes followed by `data`, durably: what an earlier, uncommitted attempt
   * left after `offset` is cut off. Folders are made as needed.
   * @throws DomainError `insufficient_storage` when the disk is full; then nothing beyond `offset` counts.
   */
  append(path: string, offset: number, data: Buffer): Promise<void>;
  /** Puts the whole file in place at once, durably. */
  replace(path: string, data: Buffer): Promise<void>;
  /** Marks a file as finished; it will not change again. */
  seal(path: string): Promise<void>;
  /** What a user opens to see the files below `path`. */
  locate(path: string): string;
}

export const USER_STORAGE = Symbol('user-storage');
