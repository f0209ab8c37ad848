import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { openRouteKey } from '#slipway/platform';
import { allowKey } from './allow.decorator.js';

export interface Route {
  method: string;
  path: string;
  handler: string;
}

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
