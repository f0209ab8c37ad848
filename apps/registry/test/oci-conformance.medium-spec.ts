import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { expect, it } from 'vitest';
import { temporaryFolder } from '#slipway/testing';
import { makeStage } from './fixture.js';

/**
 * The official suite of the OCI distribution specification, as a program:
 * `go install github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111`.
 */
const suite = process.env.SLIPWAY_OCI_CONFORMANCE;

/** Its repositories are deeper than `<account>/<name>`, whose tags never move; the registry knows sha256 only. */
const settings = {
  OCI_TLS: 'disabled',
  OCI_REPO1: 'acme/suite/one',
  OCI_REPO2: 'acme/suite/two',
  OCI_DATA_SHA512: 'false',
  OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
  OCI_API_BLOBS_DIGEST_HEADER: 'true',
  OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
};

it.skipIf(!suite)('should pass the official conformance suite', { timeout: 120_000 }, async () => {
  const stage = await makeStage();
  const registry = new URL((await stage.start()).url);
  const authorization = await stage.as('acme', 'owner');
  // The gateway's part: the caller's own credentials become a token of the installation.
  const gateway = http.createServer((request, response) => {
    const { method, url: path, headers } = request;
    const options = { host: registry.hostname, port: registry.port, method, path, headers: { ...headers, authorization } };
    const upstream = http.request(options, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      pipeline(answer, response, () => undefined);
    });
    pipeline(request, upstream, () => undefined);
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  try {
    const { port } = gateway.address() as AddressInfo;
    const env = {
      PATH: process.env.PATH,
      ...settings,
      OCI_REGISTRY: `127.0.0.1:${port}`,
      OCI_RESULTS_DIR: temporaryFolder('oci'),
    };
    const run = spawn(suite!, { cwd: env.OCI_RESULTS_DIR, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [run.stdout, run.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
    const [status] = (await once(run, 'close')) as [number];
    expect(output.slice(output.indexOf('Conformance Result'))).toMatch(/^Conformance Result: Pass/);
    expect(output).toMatch(/FAIL\.+:\s+0\n/);
    expect(status).toBe(0);
  } finally {
    gateway.close();
    await stage.close();
  }
});
