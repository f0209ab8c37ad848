import { All, Controller, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError, Open } from '#slipway/platform';
import type { IdentifiedRequest } from './edge.middleware.js';
import { everyPath, RoutesCheck } from './routes.check.js';

/** Registered last: what no route takes. */
@Open()
@Controller()
export class UnknownController {
  constructor(private readonly routes: RoutesCheck) {}

  @All(everyPath)
  refuse(@Req() request: IdentifiedRequest, @Res({ passthrough: true }) response: Response): never {
    const methods = this.routes.methodsOf(request.path);
    if (methods.length === 0)
      throw new DomainError('not_found', `there is nothing at ${request.path.slice(0, 200)}; /docs lists what there is`);
    response.setHeader('Allow', methods.join(', '));
    throw new DomainError(
      'method_not_allowed',
      `${request.path.slice(0, 200)} takes ${methods.join(', ')}, not ${request.method}`,
    );
  }
}
