import * as fs from "node:fs";
import { join, posix } from "node:path";

import { utils, type Attributes, type SFTPWrapper } from "ssh2";

const { STATUS_CODE, OPEN_MODE } = utils.sftp;
/** The most that one READ returns; OpenSSH's limit. */
const LARGEST_READ = 256 * 1024;

/**
 * SFTP within `root`, which the client sees as `/`: files of a node, apart from those of this machine. Requests that are
 * not handled here are refused as unsupported. The channel closes when the client has sent its end of file; a client
 * that waits for that would otherwise hang.
 */
export function serveFiles(sftp: SFTPWrapper, root: string): void {
  const local = (path: string) => join(root, posix.resolve("/", path));
  const open = new Map<number, number>();
  let last = 0;
  const fileOf = (handle: Buffer) => open.get(handle.length === 4 ? handle.readUInt32BE() : -1) ?? -1;
  const answer = (request: number, work: () => void) => {
    try {
      work();
    } catch (error) {
      sftp.status(request, statusOf(error), error instanceof Error ? error.message : undefined);
    }
  };
  const done = (request: number, work: () => void) => {
    answer(request, () => {
      work();
      sftp.status(request, STATUS_CODE.OK);
    });
  };

  sftp.on("OPEN", (request, path, flags, attributes) => {
    answer(request, () => {
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE((last += 1));
      open.set(last, fs.openSync(local(path), nodeFlags(flags), attributes.mode));
      sftp.handle(request, handle);
    });
  });
  sftp.on("READ", (request, handle, offset, length) => {
    answer(request, () => {
      const bytes = Buffer.alloc(Math.min(length, LARGEST_READ));
      const count = fs.readSync(fileOf(handle), bytes, 0, bytes.length, offset);
      if (count === 0) sftp.status(request, STATUS_CODE.EOF);
      else sftp.data(request, bytes.subarray(0, count));
    });
  });
  sftp.on("WRITE", (request, handle, offset, bytes) => {
    done(request, () => fs.writeSync(fileOf(handle), bytes, 0, bytes.length, offset));
  });
  sftp.on("CLOSE", (request, handle) => {
    done(request, () => {
      fs.closeSync(fileOf(handle));
      open.delete(handle.readUInt32BE());
    });
  });
  const stat = (request: number, path: string) => {
    answer(request, () => {
      sftp.attrs(request, attributesOf(fs.lstatSync(local(path))));
    });
  };
  sftp.on("STAT", stat);
  sftp.on("LSTAT", stat);
  sftp.on("FSTAT", (request, handle) => {
    answer(request, () => {
      sftp.attrs(request, attributesOf(fs.fstatSync(fileOf(handle))));
    });
  });
  sftp.on("SETSTAT", (request, path, { mode }) => {
    done(request, () => {
      if (typeof mode === "number") fs.chmodSync(local(path), mode & 0o7777);
    });
  });
  sftp.on("FSETSTAT", (request, handle, { mode }) => {
    done(request, () => {
      if (typeof mode === "number") fs.fchmodSync(fileOf(handle), mode & 0o7777);
    });
  });
  sftp.on("MKDIR", (request, path) => {
    done(request, () => {
      fs.mkdirSync(local(path), 0o755);
    });
  });
  sftp.on("REALPATH", (request, path) => {
    const filename = posix.resolve("/", path);
    sftp.name(request, [{ filename, longname: filename, attrs: {} as Attributes }]);
  });
  sftp.on("end", () => {
    for (const file of open.values()) fs.closeSync(file);
    sftp.end();
  });
}

function statusOf(error: unknown): number {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return STATUS_CODE.NO_SUCH_FILE;
  return code === "EACCES" || code === "EPERM" ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}

/** Flags of SSH_FXP_OPEN as open(2) takes them. */
function nodeFlags(flags: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL } = fs.constants;
  const writes = (flags & OPEN_MODE.WRITE) !== 0;
  const access = writes ? ((flags & OPEN_MODE.READ) !== 0 ? O_RDWR : O_WRONLY) : O_RDONLY;
  const extra = [
    [OPEN_MODE.APPEND, O_APPEND],
    [OPEN_MODE.CREAT, O_CREAT],
    [OPEN_MODE.TRUNC, O_TRUNC],
    [OPEN_MODE.EXCL, O_EXCL],
  ] as const;
  return extra.reduce((sum, [asked, meant]) => ((flags & asked) !== 0 ? sum | meant : sum), access);
}

function attributesOf({ mode, size, uid, gid, atimeMs, mtimeMs }: fs.Stats): Attributes {
  return { mode, size, uid, gid, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) };
}
