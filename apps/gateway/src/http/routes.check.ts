import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { openRouteKey } from '#slipway/platform';
import { allowKey } from './allow.decorator.js';

export interface Route {
  method: string;
  path: string;
  handler: string;
}

/** The pattern of the route that takes what no other does. */
export const everyPath = '{*path}';

/** Knows every HTTP route of the gateway, and stops the start when one has no permission. */
@Injectable()
export class RoutesCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.routes().filter((route) => !route.guarded);
    if (open.length > 0)
      throw new Error(`routes without a permission: ${open.map((route) => `${route.method} ${route.path}`).join(', ')}`);
  }

  /** Methods that some route takes at this path; the one that takes every path does not count. */
  methodsOf(path: string): string[] {
    const methods = this.routes()
      .filter((route) => route.path !== `/${everyPath}` && matches(route.path, path))
      .map((route) => route.method);
    return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
  }

  routes(): (Route & { guarded: boolean })[] {
    return this.discovery.getControllers().flatMap(({ metatype, instance }) => {
      if (!metatype || !instance) return [];
      const prefix = this.pathsOf(metatype)[0] ?? '';
      const prototype = Object.getPrototypeOf(instance) as Record<string, object>;
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
        const method = prototype[name] as (() => unknown) | undefined;
        const verb = method && (Reflect.getMetadata('method', method) as RequestMethod | undefined);
        if (!method || verb === undefined) return [];
        const guarded = [allowKey, openRouteKey].some(
          (key) => this.reflector.getAllAndOverride<unknown>(key, [method, metatype]) !== undefined,
        );
        return this.pathsOf(method).map((path) => ({
          method: RequestMethod[verb],
          path: `/${[prefix, path]
            .map((part) => part.replace(/^\/+|\/+$/g, ''))
            .filter(Boolean)
            .join('/')}`,
          handler: `${metatype.name}.${name}`,
          guarded,
        }));
      });
    });
  }

  private pathsOf(target: object): string[] {
    const path = Reflect.getMetadata('path', target) as string | string[] | undefined;
    return path === undefined ? [] : Array.isArray(path) ? path : [path];
  }
}

/** Whether a pattern such as `/a/:b` takes the path, as the router does: any case, with or without a `/` at the end. */
function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern, path].map((text) => text.replace(/\/$/, '').split('/')) as [string[], string[]];
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(':') || part.toLowerCase() === given[index]?.toLowerCase())
  );
}
