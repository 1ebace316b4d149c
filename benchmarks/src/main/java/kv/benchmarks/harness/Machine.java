package kv.benchmarks.harness;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The machine of the measurements, without which the numbers have no meaning. */
public final class Machine {
  private Machine() {}

  /** Returns facts about the machine, by their names. */
  public static Map<String, String> facts() throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Processor", processor());
    facts.put("Processors", "" + Runtime.getRuntime().availableProcessors());
    long memory =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    facts.put("Memory", String.format(Locale.ROOT, "%.1f GiB", memory / (double) (1 << 30)));
    facts.put(
        "System",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + ", "
            + System.getProperty("os.arch"));
    facts.put("File system", WorkDirectory.fileSystem());
    facts.put("JDK", Runtime.version() + ", " + System.getProperty("java.vm.vendor"));
    return facts;
  }

  /** Returns the processor's name, which only Linux and Windows give without another program. */
  private static String processor() throws IOException {
    Path cpuinfo = Path.of("/proc/cpuinfo");
    if (Files.isReadable(cpuinfo)) {
      try (Stream<String> lines = Files.lines(cpuinfo)) {
        return lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("unknown");
      }
    }
    String windows = System.getenv("PROCESSOR_IDENTIFIER");
    return windows == null ? "unknown" : windows;
  }
}
