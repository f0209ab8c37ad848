import { BootstrapError } from './say.mjs';

const oldestNode = 20;

/**
 * Stops in one line, before any download, where Slipway cannot run.
 * @param {{ platform: string, arch: string, node: string, glibc: string | undefined }} host
 */
export function checkHost(host = thisHost()) {
  if (host.platform !== 'linux' || !['x64', 'arm64'].includes(host.arch)) {
    throw new BootstrapError(
      `this is ${host.platform} on ${host.arch}; Slipway runs on Linux x64 or arm64 (on Windows: inside WSL2, on macOS: in a Linux machine)`,
    );
  }
  if (!host.glibc) {
    throw new BootstrapError('this Linux has no glibc (Alpine, for example); use a distribution with glibc, such as Debian');
  }
  if (Number(host.node.split('.')[0]) < oldestNode) {
    throw new BootstrapError(`Node ${host.node} is too old: install Node ${oldestNode} or newer`);
  }
}

function thisHost() {
  const { platform, arch } = process;
  return { platform, arch, node: process.versions.node, glibc: platform === 'linux' ? glibcVersion() : undefined };
}

function glibcVersion() {
  process.report.excludeNetwork = true;
  const report = process.report.getReport();
  return (typeof report === 'string' ? JSON.parse(report) : report).header.glibcVersionRuntime;
}
