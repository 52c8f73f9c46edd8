// A cpio archive in the kernel's "newc" form, the same bytes for the same entries: no times, no owners, no
// order of a directory listing.
import { Buffer } from 'node:buffer';

const DIRECTORY = 0o040755;
const FILE = 0o100755;
const LINK = 0o120777;
const DEVICE = 0o020600;

const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

function record(inode, name, mode, body, device = [0, 0]) {
  const fields = [
    inode,
    mode,
    0, // uid
    0, // gid
    1, // links
    0, // time
    body.length,
    0,
    0,
    ...device,
    name.length + 1,
    0, // checksum, unused in this form
  ];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([padded(Buffer.from(head)), padded(body)]);
}

/**
 * @param {readonly ({path: string} & ({file: Buffer} | {link: string} | {device: [number, number]}))[]} entries
 * Directories above them are made.
 * @returns {Buffer}
 */
export function cpio(entries) {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  const directories = new Set();
  for (const { path } of sorted) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) directories.add(parts.slice(0, depth).join('/'));
  }
  let inode = 1;
  const records = [...directories].sort().map((path) => record(inode++, path, DIRECTORY, Buffer.alloc(0)));
  for (const entry of sorted) {
    if ('link' in entry) records.push(record(inode++, entry.path, LINK, Buffer.from(entry.link)));
    else if ('device' in entry)
      records.push(record(inode++, entry.path, DEVICE, Buffer.alloc(0), entry.device));
    else records.push(record(inode++, entry.path, FILE, entry.file));
  }
  records.push(record(0, 'TRAILER!!!', 0, Buffer.alloc(0)));
  return Buffer.concat(records);
}
