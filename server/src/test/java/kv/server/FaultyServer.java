package kv.server;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoOps;
import io.netty.channel.nio.NioSelectableChannelIoHandle;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import kv.engine.SyncedDisk;

/** A server whose event loop ends with an Error when a line is typed. */
final class FaultyServer {
  private static volatile EventExecutor loop;

  private FaultyServer() {}

  /** Runs the server's command line. The first synced put reveals the event loop. */
  public static void main(String[] arguments) throws IOException {
    new SyncedDisk(
        () -> {
          if (ThreadExecutorMap.currentExecutor() != null) {
            loop = ThreadExecutorMap.currentExecutor();
          }
        });
    Main.main(arguments);
    System.in.read();
    loop.execute(FaultyServer::breakLoop);
  }

  /**
   * Makes the event loop's own code throw an Error: registers a readable pipe whose handler throws
   * outside of every pipeline. Called on the event loop.
   */
  static void breakLoop() {
    try {
      Pipe pipe = Pipe.open();
      pipe.source().configureBlocking(false);
      pipe.sink().write(ByteBuffer.allocate(1));
      IoRegistration registration =
          ((IoEventLoop) ThreadExecutorMap.currentExecutor())
              .register(
                  new NioSelectableChannelIoHandle<>(pipe.source()) {
                    @Override
                    protected void handle(Pipe.SourceChannel channel, SelectionKey key) {
                      throw new InternalError("only a test");
                    }

                    @Override
                    public void close() throws IOException {
                      pipe.source().close();
                    }
                  })
              .getNow();
      registration.submit(NioIoOps.READ);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
