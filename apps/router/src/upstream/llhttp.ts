import { createRequire } from 'node:module';

/** Calls of the parser while it reads; a return value other than 0 stops it. */
export interface ParserCalls {
  onMessageBegin(): number;
  onHeaderField(bytes: Buffer): number;
  onHeaderValue(bytes: Buffer): number;
  onHeadersComplete(status: number, upgrade: boolean, keepAlive: boolean): number;
  onBody(bytes: Buffer): number;
  onMessageComplete(): number;
}

/** The part of the global that is used: the compiler's library for Node has no types of it. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
};

interface LlhttpExports {
  memory: { buffer: ArrayBuffer };
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, data: number, length: number): number;
  llhttp_finish(parser: number): number;
  malloc(bytes: number): number;
  free(pointer: number): void;
}

const typeResponse = 2;
const ok = 0;

/** The call at hand: WebAssembly is synchronous, so there is one at a time. */
let calls: ParserCalls;
let chunk: Buffer;
let bufferAt = 0;
let bufferBytes = 0;

const piece = (at: number, length: number): Buffer => chunk.subarray(at - bufferAt, at - bufferAt + length);

/**
 * llhttp, the parser of Node and undici, in its strict mode, in the WebAssembly build that undici ships:
 * the same generated and fuzzed code, without the cost of Node's request and response objects.
 */
const llhttp = ((): LlhttpExports => {
  const code = createRequire(import.meta.url)('undici/lib/llhttp/llhttp_simd-wasm.js') as Uint8Array;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), {
    env: {
      wasm_on_url: () => 0,
      wasm_on_status: () => 0,
      wasm_on_message_begin: () => calls.onMessageBegin(),
      wasm_on_header_field: (_parser: number, at: number, length: number) => calls.onHeaderField(piece(at, length)),
      wasm_on_header_value: (_parser: number, at: number, length: number) => calls.onHeaderValue(piece(at, length)),
      wasm_on_headers_complete: (_parser: number, status: number, upgrade: number, keepAlive: number) =>
        calls.onHeadersComplete(status, upgrade === 1, keepAlive === 1),
      wasm_on_body: (_parser: number, at: number, length: number) => calls.onBody(piece(at, length)),
      wasm_on_message_complete: () => calls.onMessageComplete(),
    },
  });
  return instance.exports as LlhttpExports;
})();

/** One parser of responses; `free` gives its memory back. */
export class Llhttp {
  private pointer = llhttp.llhttp_alloc(typeResponse);

  /** False when the bytes are not HTTP/1.1, or a call stopped the parser. */
  execute(target: ParserCalls, data: Buffer): boolean {
    if (data.length > bufferBytes) {
      if (bufferAt !== 0) llhttp.free(bufferAt);
      bufferBytes = Math.ceil(data.length / 65_536) * 65_536;
      bufferAt = llhttp.malloc(bufferBytes);
    }
    new Uint8Array(llhttp.memory.buffer, bufferAt, bufferBytes).set(data);
    calls = target;
    chunk = data;
    return llhttp.llhttp_execute(this.pointer, bufferAt, data.length) === ok;
  }

  /** The peer has closed: false when that is not where a message may end. */
  finish(target: ParserCalls): boolean {
    calls = target;
    return llhttp.llhttp_finish(this.pointer) === ok;
  }

  free(): void {
    if (this.pointer !== 0) llhttp.llhttp_free(this.pointer);
    this.pointer = 0;
  }
}
