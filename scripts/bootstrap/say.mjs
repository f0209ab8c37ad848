/** Every line of the bootstrap goes to stderr: stdout belongs to the program that it starts. */
export const say = (text) => process.stderr.write(`slipway: ${text}\n`);

/** A prerequisite that is missing or a step that failed: one line that says what to do. */
export class BootstrapError extends Error {}
