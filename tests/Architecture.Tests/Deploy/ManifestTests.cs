using ChatLoop.EndToEnd.Tests.Service;
using k8s;
using k8s.Models;

namespace ChatLoop.Architecture.Tests.Deploy;

/// <summary>deploy/kubernetes as the API server would read it: every field known, every reference to something that is there.</summary>
public sealed class ManifestTests
{
    private static readonly string Folder = Repository.Path("deploy");

    /// <summary>A field that Kubernetes does not know is an error here, as with strict validation there.</summary>
    private static readonly IReadOnlyList<object> Objects =
        [.. Directory.EnumerateFiles(Path.Combine(Folder, "kubernetes"), "*.yaml").SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(file), strict: true))];

    private static IEnumerable<V1Deployment> Deployments => Objects.OfType<V1Deployment>();

    [Fact]
    public void There_are_serving_silos_training_silos_and_web_servers() =>
        Assert.Equal(["serve", "train", "train-gpu", "web"], Deployments.Select(d => d.Metadata.Name).Order());

    [Fact]
    public void Selectors_find_the_pods_that_they_mean()
    {
        foreach (var deployment in Deployments) AssertMatch(deployment.Spec.Selector.MatchLabels, deployment);
        foreach (var budget in Objects.OfType<V1PodDisruptionBudget>())
            AssertMatch(budget.Spec.Selector.MatchLabels, Deployments.Single(d => d.Metadata.Name == budget.Metadata.Name));
        foreach (var service in Objects.OfType<V1Service>())
            AssertMatch(service.Spec.Selector, Deployments.Single(d => d.Metadata.Name == service.Metadata.Name));

        static void AssertMatch(IDictionary<string, string> selector, V1Deployment deployment) =>
            Assert.All(selector, label => Assert.Equal(label.Value, deployment.Spec.Template.Metadata.Labels[label.Key]));
    }

    /// <summary>What Orleans' hosting on Kubernetes asks of a silo's pod; web servers may not look at pods.</summary>
    [Fact]
    public void Silos_may_watch_pods_and_say_which_they_are()
    {
        var role = Objects.OfType<V1Role>().Single();
        Assert.Equal(["get", "list", "watch"], role.Rules.Single().Verbs);
        var account = Objects.OfType<V1RoleBinding>().Single().Subjects.Single().Name;
        foreach (var deployment in Deployments)
        {
            var pod = deployment.Spec.Template;
            var isSilo = pod.Metadata.Labels["role"] != "web";
            Assert.Equal(isSilo, pod.Spec.ServiceAccountName == account);
            if (!isSilo) continue;
            Assert.Contains("orleans/clusterId", pod.Metadata.Labels.Keys);
            Assert.Contains("orleans/serviceId", pod.Metadata.Labels.Keys);
            Assert.Equal(3, pod.Spec.Containers.Single().Env.Count(e => e.Name is "POD_NAME" or "POD_NAMESPACE" or "POD_IP"));
        }
    }

    [Fact]
    public void Ingress_leads_to_a_service_and_keeps_a_page_on_one_web_server()
    {
        var ingress = Objects.OfType<V1Ingress>().Single();
        Assert.Equal("cookie", ingress.Metadata.Annotations["nginx.ingress.kubernetes.io/affinity"]);
        var backend = ingress.Spec.Rules.Single().Http.Paths.Single().Backend.Service;
        Assert.Contains(Objects.OfType<V1Service>().Single(s => s.Metadata.Name == backend.Name).Spec.Ports, port => port.Name == backend.Port.Name);
    }

    /// <summary>A misspelt setting would be taken for none.</summary>
    [Fact]
    public void Every_variable_is_a_setting_that_the_programs_read()
    {
        var settings = File.ReadAllText(Repository.Path("src", "ChatApi", "appsettings.json"));
        string[] names =
        [
            .. Deployments.SelectMany(d => d.Spec.Template.Spec.Containers).SelectMany(c => c.Env).Select(e => e.Name).Where(name => !name.StartsWith("POD_", StringComparison.Ordinal)),
            .. Objects.OfType<V1ConfigMap>().SelectMany(m => m.Data.Keys),
        ];
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.All(name.Split("__"), part => Assert.Contains($"\"{part}\"", settings, StringComparison.Ordinal)));
    }

    [Fact]
    public void Pods_are_confined_and_bounded()
    {
        Assert.All(Deployments, deployment =>
        {
            var pod = deployment.Spec.Template.Spec;
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.All(pod.Containers, container =>
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.Contains("memory", container.Resources.Limits.Keys);
                Assert.NotNull(container.LivenessProbe);
            });
        });
    }

    [Fact]
    public void No_file_of_the_deployment_holds_a_password()
    {
        Assert.Empty(Objects.OfType<V1Secret>());
        foreach (var line in File.ReadLines(Path.Combine(Folder, ".env.example")).Where(l => !l.StartsWith('#'))) Assert.EndsWith("=", line, StringComparison.Ordinal);
    }
}
