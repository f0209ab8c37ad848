import type { CommandDefinition, EventDefinition, ServiceName } from './define.js';
import * as builderCommands from './builder/images.commands.js';
import * as builderEvents from './builder/builder.events.js';
import * as deployerEvents from './deployer/deployer.events.js';
import * as environmentCommands from './deployer/environments.commands.js';
import * as secretCommands from './deployer/secrets.commands.js';
import * as serviceCommands from './deployer/services.commands.js';
import * as gatewayEvents from './gateway/gateway.events.js';
import * as manifestCommands from './registry/manifests.commands.js';
import * as modelCommands from './registry/models.commands.js';
import * as registryEvents from './registry/registry.events.js';
import * as telemetryCommands from './telemetry/telemetry.commands.js';
import * as telemetryEvents from './telemetry/telemetry.events.js';

const isKind =
  <T extends { kind: string }>(kind: T['kind']) =>
  (value: unknown): value is T =>
    typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === kind;

/** Every command of the installation. */
export const commands: readonly CommandDefinition[] = [
  modelCommands,
  manifestCommands,
  builderCommands,
  serviceCommands,
  environmentCommands,
  secretCommands,
  telemetryCommands,
].flatMap((module) => Object.values(module).filter(isKind<CommandDefinition>('command')));

/** Every event of the installation. */
export const events: readonly EventDefinition[] = [
  registryEvents,
  builderEvents,
  deployerEvents,
  gatewayEvents,
  telemetryEvents,
].flatMap((module) => Object.values(module).filter(isKind<EventDefinition>('event')));

export const commandsOf = (service: ServiceName): CommandDefinition[] =>
  commands.filter((command) => command.service === service);
export const commandsCalledBy = (service: ServiceName): CommandDefinition[] =>
  commands.filter((command) => command.callers.includes(service));
