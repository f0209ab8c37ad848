/** 1: the user's mistake; 2: ours; 3: it goes on, but the time to wait is over. */
export type ExitCode = 1 | 2 | 3;

/**
 * Ends a command. The last line names the user's file, flag or value and a next step that works.
 */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    message: string,
    readonly exitCode: ExitCode = 1,
    readonly details: readonly string[] = [],
    /** What to do now; printed last. */
    readonly next?: string,
    /** The code of the refusal, where Slipway gave one. */
    readonly code?: string,
  ) {
    super(message);
  }
}

/** Text from elsewhere without control characters, so that it cannot drive the terminal. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Details first; the last line names what was wrong and what to do. */
export function renderError(error: CliError): string {
  const details = error.details.flatMap((detail) => detail.trimEnd().split('\n')).map((line) => `  ${line}`);
  const last = `error: ${error.message.replace(/\s*\n\s*/g, ' ')}${error.next ? `; next: ${error.next}` : ''}`;
  return `${plain([...details, last].join('\n'))}\n`;
}
