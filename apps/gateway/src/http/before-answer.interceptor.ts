import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import { mergeMap, type Observable } from 'rxjs';
import { failpoint } from '#slipway/platform';

/** Where a kill loses the answer to a change that is already committed: the caller repeats it with the same key. */
@Injectable()
export class BeforeAnswer implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http' || context.switchToHttp().getRequest<Request>().method === 'GET') return next.handle();
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        await failpoint('gateway.before_answer');
        return answer;
      }),
    );
  }
}
