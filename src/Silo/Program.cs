using ChatLoop.Silo.Hosting;

return await ServiceProgram.Run(() => SiloHost.Build(args), silo =>
    $"The silo is up ({RoleSetting.Read(silo.Configuration)}): health and metrics at {string.Join(", ", silo.Urls)}");
