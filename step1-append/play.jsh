// Opens a store, and defines short names for its methods. From the project's directory:
//
//     jshell --class-path step1-append/target/classes step1-append/play.jsh
//
// The store is in a temporary directory, which is deleted when jshell ends. To keep the store in a
// directory of your own, name it before the other options: jshell -R-Dstore=work/demo ...

import java.nio.charset.StandardCharsets
import kv.step1.Store

String own = System.getProperty("store")
Path directory = own == null ? Files.createTempDirectory("kv-step1-") : Path.of(own)
Store store = Store.open(directory)

byte[] bytes(String text) {
  return text.getBytes(StandardCharsets.UTF_8);
}

void put(String key, String value) throws IOException {
  store.put(bytes(key), bytes(value));
}

void sync() throws IOException {
  store.sync();
}

// Prints the log as a hex dump: offset, 16 bytes, and the same bytes as text.
void hex() throws IOException {
  byte[] log = Files.readAllBytes(directory.resolve("store.data"));
  for (int at = 0; at < log.length; at += 16) {
    byte[] line = Arrays.copyOfRange(log, at, Math.min(at + 16, log.length));
    String text = new String(line, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", ".");
    String hex = HexFormat.ofDelimiter(" ").formatHex(line);
    System.out.printf(Locale.ROOT, "%06x  %-48s %s%n", at, hex, text);
  }
}

Runtime.getRuntime().addShutdownHook(new Thread(() -> {
  if (store == null) {
    return;
  }
  try {
    store.close();
    if (own == null) {
      for (String name : List.of("store.data", "LOCK")) {
        Files.deleteIfExists(directory.resolve(name));
      }
      Files.deleteIfExists(directory);
    }
  } catch (IOException e) {
    System.err.println(e);
  }
}))

System.out.println(store == null ? "no store is open: /exit" : "store is open in " + directory)
System.out.println("try: put(\"os\", \"mac\")   sync()   hex()")
