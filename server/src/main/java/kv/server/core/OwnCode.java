package kv.server.core;

import static java.lang.invoke.MethodType.methodType;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** The methods of the reader's store, compiled and checked before a store is opened. */
public final class OwnCode {
  private final Path folder;
  private final Class<?> type;
  final MethodHandle open;
  final MethodHandle get;
  final MethodHandle containsKey;
  final MethodHandle put;
  final MethodHandle delete;
  final MethodHandle sync;
  final MethodHandle size;
  final MethodHandle forEach;
  final MethodHandle merge;
  final MethodHandle close;
  final MethodHandle stats;

  /** The numbers of a result of {@link #stats}: keys, files, live bytes and dead bytes. */
  final List<MethodHandle> numbers;

  /**
   * Compiles the project in a folder.
   *
   * @throws IOException with advice in its message, if there is no store in the folder, if it does
   *     not compile, or if a method of step 5 is missing
   */
  public OwnCode(Path folder) throws IOException {
    this.folder = folder;
    this.type = OwnClasses.load(folder);
    MethodHandle opens = find("open", methodType(type, Path.class));
    this.open = opens.asType(opens.type().changeReturnType(Object.class));
    this.get = find("get", methodType(byte[].class, byte[].class));
    this.containsKey = find("containsKey", methodType(boolean.class, byte[].class));
    this.put = find("put", methodType(void.class, byte[].class, byte[].class));
    this.delete = find("delete", methodType(boolean.class, byte[].class));
    this.sync = find("sync", methodType(void.class));
    this.size = find("size", methodType(long.class));
    this.forEach = find("forEach", methodType(void.class, BiConsumer.class));
    this.merge = find("merge", methodType(void.class));
    this.close = find("close", methodType(void.class));
    Class<?> statsType = statsType();
    this.stats = find("stats", methodType(statsType));
    this.numbers =
        List.of(
            find(statsType, "keys", methodType(long.class)),
            find(statsType, "files", methodType(int.class)),
            find(statsType, "liveBytes", methodType(long.class)),
            find(statsType, "deadBytes", methodType(long.class)));
  }

  /** Returns the folder of the reader's project. */
  Path folder() {
    return folder;
  }

  private Class<?> statsType() throws IOException {
    String name = type.getPackageName() + ".Stats";
    try {
      return type.getClassLoader().loadClass(name);
    } catch (ClassNotFoundException e) {
      throw new IOException("the store in " + folder + " has no class " + name, e);
    }
  }

  private MethodHandle find(String name, MethodType signature) throws IOException {
    return find(type, name, signature);
  }

  private MethodHandle find(Class<?> owner, String name, MethodType signature) throws IOException {
    try {
      return name.equals("open")
          ? MethodHandles.publicLookup().findStatic(owner, name, signature)
          : MethodHandles.publicLookup().findVirtual(owner, name, signature);
    } catch (NoSuchMethodException | IllegalAccessException | LinkageError e) {
      throw new IOException(
          "the server cannot use the store in "
              + folder
              + ": "
              + owner.getName()
              + " has no method \"public "
              + text(name, signature)
              + "\". Give it back the signature that step 5 has",
          e);
    }
  }

  private static String text(String name, MethodType signature) {
    return (name.equals("open") ? "static " : "")
        + signature.returnType().getSimpleName()
        + " "
        + name
        + Arrays.stream(signature.parameterArray())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
  }
}
