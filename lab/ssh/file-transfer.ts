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
  const files = new OpenFiles();
  const local = (path: string) => join(root, posix.resolve("/", path));
  serveContents(sftp, files, local);
  serveAttributes(sftp, files, local);
  sftp.on("MKDIR", (request, path) => {
    done(sftp, request, () => {
      fs.mkdirSync(local(path), 0o755);
    });
  });
  sftp.on("REALPATH", (request, path) => {
    const filename = posix.resolve("/", path);
    sftp.name(request, [{ filename, longname: filename, attrs: {} as Attributes }]);
  });
  sftp.on("end", () => {
    files.closeAll();
    sftp.end();
  });
}

/** From a path as the client writes it to one of this machine, never outside the node's root. */
type LocalPath = (path: string) => string;

/** The files that one client has open, by handle. */
class OpenFiles {
  private readonly open = new Map<number, number>();
  private last = 0;

  add(file: number): Buffer {
    this.last += 1;
    this.open.set(this.last, file);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(this.last);
    return handle;
  }

  /** File descriptor behind a handle; -1, which no call accepts, for a handle that was never given. */
  get(handle: Buffer): number {
    return this.open.get(handle.length === 4 ? handle.readUInt32BE() : 0) ?? -1;
  }

  close(handle: Buffer): void {
    fs.closeSync(this.get(handle));
    this.open.delete(handle.readUInt32BE());
  }

  closeAll(): void {
    for (const file of this.open.values()) fs.closeSync(file);
    this.open.clear();
  }
}

function serveContents(sftp: SFTPWrapper, files: OpenFiles, local: LocalPath): void {
  sftp.on("OPEN", (request, path, flags, { mode }) => {
    answer(sftp, request, () => {
      sftp.handle(request, files.add(fs.openSync(local(path), nodeFlags(flags), mode)));
    });
  });
  sftp.on("READ", (request, handle, offset, length) => {
    answer(sftp, request, () => {
      const bytes = Buffer.alloc(Math.min(length, LARGEST_READ));
      const count = fs.readSync(files.get(handle), bytes, 0, bytes.length, offset);
      if (count === 0) sftp.status(request, STATUS_CODE.EOF);
      else sftp.data(request, bytes.subarray(0, count));
    });
  });
  sftp.on("WRITE", (request, handle, offset, bytes) => {
    done(sftp, request, () => fs.writeSync(files.get(handle), bytes, 0, bytes.length, offset));
  });
  sftp.on("CLOSE", (request, handle) => {
    done(sftp, request, () => {
      files.close(handle);
    });
  });
}

function serveAttributes(sftp: SFTPWrapper, files: OpenFiles, local: LocalPath): void {
  const attributes = (request: number, measure: () => fs.Stats) => {
    answer(sftp, request, () => {
      sftp.attrs(request, attributesOf(measure()));
    });
  };
  const change = (request: number, { mode }: Attributes, apply: (mode: number) => void) => {
    done(sftp, request, () => {
      if (typeof mode === "number") apply(mode & 0o7777);
    });
  };
  sftp.on("STAT", (request, path) => {
    attributes(request, () => fs.statSync(local(path)));
  });
  sftp.on("LSTAT", (request, path) => {
    attributes(request, () => fs.lstatSync(local(path)));
  });
  sftp.on("FSTAT", (request, handle) => {
    attributes(request, () => fs.fstatSync(files.get(handle)));
  });
  sftp.on("SETSTAT", (request, path, wanted) => {
    change(request, wanted, (mode) => {
      fs.chmodSync(local(path), mode);
    });
  });
  sftp.on("FSETSTAT", (request, handle, wanted) => {
    change(request, wanted, (mode) => {
      fs.fchmodSync(files.get(handle), mode);
    });
  });
}

/** Does the work; when it throws, the client gets the status that fits. */
function answer(sftp: SFTPWrapper, request: number, work: () => void): void {
  try {
    work();
  } catch (error) {
    sftp.status(request, statusOf(error), error instanceof Error ? error.message : undefined);
  }
}

/** As {@link answer}, for requests to which success is the whole answer. */
function done(sftp: SFTPWrapper, request: number, work: () => void): void {
  answer(sftp, request, () => {
    work();
    sftp.status(request, STATUS_CODE.OK);
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
