/** One line of a replica's log, as it is sent, with the time that orders it. */
export interface LogLine {
  time: string;
  text: string;
}

/** A line of the runtime's own log. One that is no JSON comes as a message of the time before it. */
export function readLogLine(text: string, fallbackTime: string): LogLine {
  const parsed = parse(text);
  return parsed
    ? { time: parsed.time, text }
    : { time: fallbackTime, text: JSON.stringify({ time: fallbackTime, message: text }) };
}

/** Whether the line belongs to a request. */
export function isOfRequest(text: string, requestId: string): boolean {
  return text.includes(requestId) && parse(text)?.requestId === requestId;
}

/** What an interpreter said before the runtime could write its own log. */
export function bootLine(message: string, replica: { id: string; revision: number }, time: string): LogLine {
  const { id, revision } = replica;
  const record = { time, level: 'error', stream: 'boot', requestId: null, replica: id, revision: String(revision), message };
  return { time, text: JSON.stringify(record) };
}

export const byTime = (a: LogLine, b: LogLine): number => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0);

function parse(text: string): { time: string; requestId?: unknown } | undefined {
  try {
    const record = JSON.parse(text) as { time?: unknown; requestId?: unknown };
    return typeof record.time === 'string' ? { time: record.time, requestId: record.requestId } : undefined;
  } catch {
    return undefined;
  }
}
