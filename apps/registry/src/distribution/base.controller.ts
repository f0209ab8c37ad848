import { All, Controller, Get, UseFilters } from '@nestjs/common';
import { OciErrorFilter } from './oci-error.filter.js';
import { OciRefusal } from './oci-refusal.js';

@Controller('v2')
@UseFilters(OciErrorFilter)
export class BaseController {
  @Get()
  version(): Record<string, never> {
    return {};
  }
}

/** Registered last: what the other controllers of `/v2/` do not know. */
@Controller('v2')
@UseFilters(OciErrorFilter)
export class UnknownController {
  @All('*path')
  refuse(): never {
    throw new OciRefusal('UNSUPPORTED', 'the registry does not offer this method on this path');
  }
}
