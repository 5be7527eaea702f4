package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.client.Cluster;
import dev.capstan.client.Coordinator;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.tls.UnusableCredentialException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The file with which a person proves to a cluster who asks. */
record CredentialFile(Path path, Credential credential) {

  /**
   * The one that was named, or else the one of this directory's cluster; null for none.
   *
   * @param named by an option; null for none
   */
  static @Nullable CredentialFile find(Console console, @Nullable String named) {
    String file =
        named != null ? named : console.environment().get(RemoteCommand.CREDENTIAL_VARIABLE);
    if (file != null) {
      return read(console.resolve(file));
    }
    for (String directory : List.of(RunCommand.DEFAULT_DATA, ClusterUpCommand.DEFAULT_DATA)) {
      Path here = console.resolve(directory).resolve(Credential.ADMINISTRATOR);
      if (Files.exists(here)) {
        return read(here);
      }
    }
    return null;
  }

  private static CredentialFile read(Path file) {
    try {
      return new CredentialFile(file, Credential.read(file));
    } catch (UnusableCredentialException e) {
      throw CliFailure.misuse(String.valueOf(e.getMessage()), e.remedy());
    }
  }

  /**
   * Writes down where the coordinators are by now: the first administrator's was made when there
   * was one. Where none of them is at an address in the file, its owner reaches them in another
   * way, and it stays as it is; as it does where it can't be written.
   */
  void keepUpWith(Cluster cluster, Console console) {
    List<String> present =
        cluster.coordinators().stream()
            .map(Coordinator::http)
            .filter(address -> !address.isEmpty())
            .toList();
    List<String> written = credential.servers();
    if (Set.copyOf(written).equals(Set.copyOf(present)) || Collections.disjoint(written, present)) {
      return;
    }
    try {
      credential.at(present).write(path.toRealPath());
      console.talk(path + " names all " + present.size() + " coordinators now");
    } catch (IOException e) {
      // Whoever may not write it asks the coordinators that it names.
    }
  }
}
