// An open store, and short words for its methods. From the project's folder:
//
//     jshell --class-path engine/target/classes engine/play.jsh
//
// The store is in a temporary folder, which is deleted when jshell ends. To keep it in one of your
// own, name it before the other options: jshell -R-Dstore=work/demo ...

import java.nio.charset.StandardCharsets
import kv.engine.Store

String own = System.getProperty("store")
Path directory = own == null ? Files.createTempDirectory("kv-engine-") : Path.of(own)
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

boolean has(String key) throws IOException {
  return store.containsKey(bytes(key));
}

long size() throws IOException {
  return store.size();
}

kv.engine.Stats stats() throws IOException {
  return store.stats();
}

void merge() throws IOException {
  store.merge();
}

// Closes the store, which seals the active segment, and opens it again.
void reopen() throws IOException {
  store.close();
  store = Store.open(directory);
}

List<Path> files() throws IOException {
  try (Stream<Path> files = Files.list(directory)) {
    return files.sorted().toList();
  }
}

// Prints bytes as a hex dump: offset, 16 bytes, and their text. Omits lines of zeros, which reserve
// space.
void dump(byte[] log) {
  for (int at = 0; at < log.length; at += 16) {
    byte[] line = Arrays.copyOfRange(log, at, Math.min(at + 16, log.length));
    if (!Arrays.equals(line, new byte[line.length])) {
      String text = new String(line, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", ".");
      String hex = HexFormat.ofDelimiter(" ").formatHex(line);
      System.out.printf(Locale.ROOT, "%06x  %-48s %s%n", at, hex, text);
    }
  }
}

// Prints the segments as stored on the disk.
void hex() throws IOException {
  for (Path file : files()) {
    if (file.toString().endsWith(".data")) {
      System.out.println(file.getFileName());
      dump(Files.readAllBytes(file));
    }
  }
}

// Prints the total time of a number of gets of a key.
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
      for (Path file : files()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    }
  } catch (IOException e) {
    System.err.println(e);
  }
}))

System.out.println(store == null ? "no store is open: /exit" : "store is open in " + directory)
System.out.println("try: put(\"os\", \"mac\")   get(\"os\")   delete(\"os\")   all()   has(\"os\")")
System.out.println("     size()   sync()   stats()   merge()   reopen()   files()   hex()")
