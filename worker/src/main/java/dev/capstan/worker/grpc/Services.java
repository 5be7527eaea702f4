package dev.capstan.worker.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import dev.capstan.worker.executor.NearNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a proto describes. Safe for concurrent use. */
final class Services {

  private final Map<String, ServiceDescriptor> services = new TreeMap<>();
  private final TypeRegistry types;

  Services(List<FileDescriptor> files) {
    TypeRegistry.Builder known = TypeRegistry.newBuilder();
    for (FileDescriptor file : files) {
      file.getServices().forEach(service -> services.put(service.getFullName(), service));
      for (Descriptor type : file.getMessageTypes()) {
        known.add(type);
      }
    }
    types = known.build();
  }

  /** The types by which {@code google.protobuf.Any} is read and written. */
  TypeRegistry types() {
    return types;
  }

  /**
   * The method of a service, which may be named with or without its package.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code configuration} when there is none,
   *     or several
   */
  MethodDescriptor method(String service, String method) {
    ServiceDescriptor found = service(service);
    MethodDescriptor known = found.findMethodByName(method);
    if (known != null) {
      return known;
    }
    List<String> names = found.getMethods().stream().map(MethodDescriptor::getName).toList();
    throw Faults.proto(
        "The service '"
            + found.getFullName()
            + "' has no method '"
            + method
            + "'."
            + hint(names, method));
  }

  private ServiceDescriptor service(String name) {
    ServiceDescriptor exact = services.get(name);
    if (exact != null) {
      return exact;
    }
    List<ServiceDescriptor> ending = new ArrayList<>();
    services.forEach((fullName, service) -> {
      if (fullName.endsWith("." + name)) {
        ending.add(service);
      }
    });
    if (ending.size() == 1) {
      return ending.getFirst();
    }
    if (ending.isEmpty()) {
      throw Faults.proto("It has no service '" + name + "'." + hint(services.keySet(), name));
    }
    List<String> names = ending.stream().map(ServiceDescriptor::getFullName).toList();
    throw Faults.proto("It has several services '" + name + "': " + NearNames.listed(names) + ".");
  }

  private static String hint(Collection<String> names, String written) {
    List<String> near = NearNames.among(names, written);
    if (!near.isEmpty()) {
      return " Near it are " + NearNames.listed(near) + ".";
    }
    return names.isEmpty() ? " It has none." : " It has " + NearNames.listed(names) + ".";
  }
}
