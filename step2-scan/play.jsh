// Opens a store, and defines short names for its methods. From the project's directory:
//
//     jshell --class-path step2-scan/target/classes step2-scan/play.jsh
//
// The store is in a temporary directory, which is deleted when jshell ends. To keep the store in a
// directory of your own, name it before the other options: jshell -R-Dstore=work/demo ...

import java.nio.charset.StandardCharsets
import kv.step2.Store

String own = System.getProperty("store")
Path directory = own == null ? Files.createTempDirectory("kv-step2-") : Path.of(own)
Store store = Store.open(directory)

byte[] bytes(String text) {
  return text.getBytes(StandardCharsets.UTF_8);
}

void put(String key, String value) throws IOException {
  store.put(bytes(key), bytes(value));
}

boolean delete(String key) throws IOException {
  return store.delete(bytes(key));
}

void sync() throws IOException {
  store.sync();
}

String text(byte[] bytes) {
  return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
}

String get(String key) throws IOException {
  return text(store.get(bytes(key)));
}

void all() throws IOException {
  store.forEach((key, value) -> System.out.println(text(key) + " = " + text(value)));
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

// Prints the total time of some gets of a key.
void time(int gets, String key) throws IOException {
  long start = System.nanoTime();
  for (int i = 0; i < gets; i++) {
    get(key);
  }
  System.out.println((System.nanoTime() - start) / 1_000_000 + " ms");
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
System.out.println("try: put(\"os\", \"mac\")   get(\"os\")   delete(\"os\")")
System.out.println("     all()   sync()   hex()")
