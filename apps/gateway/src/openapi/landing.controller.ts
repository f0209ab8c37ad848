import { Controller, Get, Header } from '@nestjs/common';
import { Open } from '#slipway/platform';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slipway</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; color: #1b1f24; background: #fff }
code { background: #eef1f4; padding: .1rem .3rem; border-radius: .2rem }
@media (prefers-color-scheme: dark) { body { color: #e6e9ec; background: #14171a } code { background: #262b30 } a { color: #7ab7ff } }
</style>
</head>
<body>
<main>
<h1>Slipway</h1>
<p>From a trained model to a versioned image, a scaled scoring service and accounted telemetry. This is the gateway of an installation.</p>
<ul>
<li><a href="docs">The API, to read and to try</a></li>
<li><a href="openapi.json">Its OpenAPI document</a></li>
<li><a href="readyz">Whether the gateway is ready</a></li>
</ul>
<p>Requests need a token: <code>Authorization: Bearer slp_…</code>. On the machine of the installation the command line
finds its own: <code>slipway service list</code>.</p>
</main>
</body>
</html>
`;

/** What a person sees who opens the gateway's address. */
@Open()
@Controller()
export class LandingController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  landing(): string {
    return page;
  }
}
