import { SetMetadata } from '@nestjs/common';

/** What a route lets its caller do; each token has roles that hold some of these. */
export const permissions = [
  'models:read',
  'models:write',
  'manifests:read',
  'manifests:write',
  'images:read',
  'images:write',
  'services:read',
  'services:write',
  'keys:read',
  'keys:write',
  'environments:read',
  'environments:write',
  'environments:credentials',
  'secrets:read',
  'secrets:write',
  'events:read',
  'blobs:read',
  'blobs:write',
] as const;
export type Permission = (typeof permissions)[number];

/** Permissions of each role. Tokens of other roles can do nothing until they stand here. */
export const rolePermissions: Readonly<Record<string, readonly Permission[]>> = { owner: permissions };

export const allows = (roles: readonly string[], permission: Permission): boolean =>
  roles.some((role) => rolePermissions[role]?.includes(permission));

export const allowKey = 'slipway:allow';

/** Opens a route to callers with this permission; a route without it (and without `@Open()`) stops the start. */
export const Allow = (permission: Permission): MethodDecorator => SetMetadata(allowKey, permission);
