import { type Socket } from "node:net";

/** One line of a connection; what follows it stays to be read. @throws {Error} When it ends before. */
export function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const done = (settle: () => void) => {
      socket.off("readable", look).off("close", lost);
      settle();
    };
    const lost = () => {
      done(() => {
        reject(new Error("Connection reset by peer (os error 104)"));
      });
    };
    const look = () => {
      for (let part = socket.read() as Buffer | null; part !== null; part = socket.read() as Buffer | null) {
        read = Buffer.concat([read, part]);
        const end = read.indexOf("\n");
        if (end < 0) continue;
        const rest = read.subarray(end + 1);
        done(() => {
          if (rest.length > 0) socket.unshift(rest);
          resolve(read.subarray(0, end).toString("utf8"));
        });
        return;
      }
    };
    socket.on("readable", look).once("close", lost);
    look();
  });
}
