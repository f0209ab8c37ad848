import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoggerService } from '@nestjs/common';
import { pino, type Logger as Pino } from 'pino';

/** Fields that may be logged; a new one is added here on purpose. Never a body, a header, a key or a token. */
export interface LogFields {
  account?: string;
  actor?: string;
  attempt?: number;
  bytes?: number;
  caller?: string;
  code?: string;
  command?: string;
  consumer?: string;
  count?: number;
  delayMs?: number;
  digest?: string;
  durationMs?: number;
  environment?: string;
  event?: string;
  eventId?: string;
  exitCode?: number | null;
  file?: string;
  generation?: number;
  host?: string;
  identity?: string;
  image?: string;
  key?: string;
  method?: string;
  name?: string;
  operation?: string;
  path?: string;
  pid?: number;
  port?: number;
  queued?: number;
  reason?: string;
  replica?: string;
  requestId?: string;
  resource?: string;
  revision?: number;
  router?: string;
  seq?: number;
  service?: string;
  signal?: string | null;
  state?: string;
  status?: number;
  stream?: string;
  subject?: string;
  version?: number;
}

interface LogContext {
  correlationId: string;
  account?: string;
}

const context = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that each log line written in it carries the correlation id. */
export function withLogContext<T>(values: LogContext, work: () => T): T {
  return context.run(values, work);
}

/** The correlation id of the work at hand, if any. */
export function currentCorrelationId(): string | undefined {
  return context.getStore()?.correlationId;
}

/** JSON lines on stdout: a fixed message, facts as fields, `component` and `correlationId` always. */
export class Log {
  private constructor(private readonly sink: Pino) {}

  static create(service: string, level: string): Log {
    return new Log(
      pino({
        level,
        base: { service },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      }),
    );
  }

  /** A logger that drops everything, for unit tests. */
  static silent(): Log {
    return new Log(pino({ level: 'silent' }));
  }

  for(component: string): Log {
    return new Log(this.sink.child({ component }));
  }

  debug(message: string, fields: LogFields = {}): void {
    this.sink.debug({ ...context.getStore(), ...fields }, message);
  }
  info(message: string, fields: LogFields = {}): void {
    this.sink.info({ ...context.getStore(), ...fields }, message);
  }
  warn(message: string, fields: LogFields = {}, error?: unknown): void {
    this.sink.warn({ ...context.getStore(), ...fields, ...describe(error) }, message);
  }
  error(message: string, fields: LogFields = {}, error?: unknown): void {
    this.sink.error({ ...context.getStore(), ...fields, ...describe(error) }, message);
  }
}

/** Nest's own messages as our lines. */
export class NestLog implements LoggerService {
  constructor(private readonly sink: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  private write(level: 'debug' | 'warn' | 'error', message: unknown, rest: unknown[]): void {
    const component = typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : 'nest';
    this.sink
      .for(component)
      [level](typeof message === 'string' ? message : (describe(message).error?.message ?? 'message of the framework'));
  }
}

function describe(error: unknown): { error?: { name: string; message: string; code?: string; stack?: string } } {
  if (error === undefined) return {};
  if (!(error instanceof Error)) return { error: { name: typeof error, message: String(error) } };
  const code = (error as { code?: unknown }).code;
  return {
    error: {
      name: error.name,
      message: error.message,
      ...(typeof code === 'string' ? { code } : {}),
      ...(error.stack ? { stack: error.stack } : {}),
    },
  };
}
