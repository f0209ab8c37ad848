/** Why the installation cannot be set up, started or stopped. */
export type SetupErrorCode =
  | 'already_running'
  | 'home_unusable'
  | 'port_taken'
  | 'disk_full'
  | 'postgres_unusable'
  | 'nats_unusable'
  | 'program_missing'
  | 'not_built'
  | 'not_running'
  | 'part_failed'
  | 'interrupted'
  | 'unsupported_user'
  | 'setting_wrong'
  | 'database_unusable';

/** The part of an installation that failed, in one sentence that also says what to do. */
export class SetupError extends Error {
  override readonly name = 'SetupError';

  constructor(
    readonly code: SetupErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The `code` of a failed system call, such as ENOENT, or an empty text. */
export function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
