import { Controller, Get, Post } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { Open } from '#slipway/platform';
import { Allow } from './allow.decorator.js';
import { RoutesCheck } from './routes.check.js';

@Controller('api/:account/things')
class Guarded {
  @Get()
  @Allow('models:read')
  list(): void {}
  @Post(':ref/doIt')
  @Allow('models:write')
  change(): void {}
}

@Open()
@Controller()
class Public {
  @Get('health')
  health(): void {}
}

@Controller('naked')
class Naked {
  @Get('door')
  door(): void {}
  helper(): void {}
}

const start = async (...controllers: (new () => object)[]): Promise<RoutesCheck> => {
  const module = await Test.createTestingModule({ imports: [DiscoveryModule], controllers, providers: [RoutesCheck] }).compile();
  await module.init();
  return module.get(RoutesCheck);
};

describe(RoutesCheck.name, () => {
  it('should stop the start for a route that nobody said anything about', async () => {
    await expect(start(Guarded, Public, Naked)).rejects.toThrow('routes without a permission: GET /naked/door');
  });

  it('should know which methods a path takes, as the router does', async () => {
    const check = await start(Guarded, Public);
    expect(check.methodsOf('/api/default/things')).toEqual(['GET', 'HEAD']);
    expect(check.methodsOf('/API/default/Things/')).toEqual(['GET', 'HEAD']);
    expect(check.methodsOf('/api/default/things/x/doit')).toEqual(['POST']);
    expect(check.methodsOf('/api/default/things/x')).toEqual([]);
    expect(check.methodsOf('/')).toEqual([]);
  });
});
