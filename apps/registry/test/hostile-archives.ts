import { gzipSync } from 'node:zlib';

interface Entry {
  name: string;
  /** ustar type flag: 0 file, 1 hard link, 2 symbolic link, 3 character device, 5 folder, 6 fifo. */
  type?: string;
  mode?: number;
  mtime?: number;
  text?: string;
}

/** One entry in canonical form but for what the test changes; written here again so that nothing guards it. */
function entry({ name, type = '0', mode = 0o644, mtime = 0, text = '' }: Entry): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number, at: number) =>
    header.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  header.write(name, 0);
  octal(mode, 7, 100);
  octal(0, 7, 108);
  octal(0, 7, 116);
  octal(text.length, 11, 124);
  octal(mtime, 11, 136);
  header.write(type, 156);
  if (type === '1' || type === '2') header.write('/etc/passwd', 157);
  header.write('ustar\u000000', 257, 'latin1');
  octal(0, 7, 329);
  octal(0, 7, 337);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
}

const tar = (...entries: Entry[]): Buffer => Buffer.concat([...entries.map(entry), Buffer.alloc(1024)]);
const folder: Entry = { name: 'app/', type: '5', mode: 0o755 };
const file = (name: string, more: Partial<Entry> = {}): Entry => ({ name, text: 'content', ...more });

/** What an archive may try (attack A25), and a piece of the refusal that names it. */
export function hostileArchives(): [string, Buffer, RegExp][] {
  const good = tar(folder, file('app/model.pkl'));
  return [
    ['a way out by ..', tar(folder, file('app/../../evil')), /\.\. segment/],
    ['an absolute path', tar(folder, file('/etc/cron.d/evil')), /absolute path/],
    ['a path outside app/', tar(folder, file('app/model.pkl'), file('etc/evil')), /outside app/],
    ['a drive letter', tar(folder, file('C:/evil')), /drive letter/],
    ['a backslash', tar(folder, file('app/a\\..\\evil')), /backslash/],
    ['a symbolic link', tar(folder, { name: 'app/model.pkl', type: '2' }), /a symbolic link/],
    ['a hard link', tar(folder, { name: 'app/model.pkl', type: '1' }), /a hard link/],
    ['a device', tar(folder, { name: 'app/null', type: '3' }), /a character device/],
    ['a fifo', tar(folder, { name: 'app/pipe', type: '6' }), /a fifo/],
    ['a setuid bit', tar(folder, file('app/model.pkl', { mode: 0o4755 })), /setuid/],
    ['one name twice', tar(folder, file('app/model.pkl'), file('app/model.pkl')), /twice/],
    ['names that differ in case only', tar(folder, file('app/A.pkl'), file('app/a.pkl')), /only in case/],
    ['a time of its own', tar(folder, file('app/model.pkl', { mtime: 1_000_000 })), /not canonical/],
    ['an end that is missing', good.subarray(0, good.length - 1024), /cut short/],
    ['a cut in a file', good.subarray(0, 1030), /cut short/],
    ['bytes after the end', Buffer.concat([good, Buffer.from('more')]), /after its end/],
    ['gzip around it', gzipSync(good, { level: 0 }), /pax format/],
    ['a zip', Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(1_000)]), /refused/],
    ['a pickle instead', Buffer.from('\u0080\u0004cposix\nsystem\n'), /cut short/],
    ['nothing', Buffer.alloc(0), /cut short/],
    ['two files at the top', tar(folder, file('app/a.pkl'), file('app/b.pkl')), /more than one file or folder/],
    ['an empty folder', tar(folder, { name: 'app/m/', type: '5', mode: 0o755 }), /'m' holds no file/],
    ['an empty file', tar(folder, { name: 'app/model.pkl' }), /'model\.pkl' has 0 bytes/],
  ];
}
