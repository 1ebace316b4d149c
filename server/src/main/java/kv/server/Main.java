package kv.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The server's command line. */
@Command(
    name = "java -jar server/target/server.jar",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Serves the store in a directory, by RESP (for redis-cli) and by HTTP.")
final class Main implements Callable<Integer> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Main.class);

  @Option(
      names = "--dir",
      paramLabel = "DIRECTORY",
      defaultValue = "data",
      description = "where the store is, or will be (${DEFAULT-VALUE})")
  private Path directory;

  @Option(
      names = "--resp",
      paramLabel = "PORT",
      defaultValue = "6380",
      description = "the port for RESP (${DEFAULT-VALUE})")
  private int resp;

  @Option(
      names = "--http",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "the port for HTTP and the page (${DEFAULT-VALUE})")
  private int http;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "the address to listen on (${DEFAULT-VALUE}: this machine only)")
  private String bind;

  @Option(
      names = "--sync",
      paramLabel = "always|everysec|no",
      defaultValue = "everysec",
      description = "when a write survives power loss (${DEFAULT-VALUE})")
  private Settings.Sync sync;

  @Option(names = "--help", usageHelp = true, description = "this help")
  private boolean help;

  private Main() {}

  /** The command line. */
  public static void main(String[] arguments) {
    int status = new CommandLine(new Main()).execute(arguments);
    if (status != 0) {
      System.exit(status);
    }
  }

  @Override
  public Integer call() {
    Server server;
    try {
      server = Server.start(new Settings(directory, bind, resp, http, sync, 64 << 20));
    } catch (IOException e) {
      System.err.println(e.getMessage());
      return 1;
    }
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    server.close();
                    LOGGER.info("stopped");
                  } catch (IOException e) {
                    LOGGER.error("could not close the store", e);
                  }
                }));
    LOGGER.info("RESP on {}:{}", bind, server.respPort());
    return 0;
  }
}
